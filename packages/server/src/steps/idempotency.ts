/** Runs the handler once for each `Idempotency-Key`; repeated requests get the kept response. */
import { canonicalJson, headerPointer, invalidRequest } from '@palestra/core';
import { type Execution, encodeFailure, encodeResult, replay } from '../idempotency/index.js';
import { callerKey } from './caller.js';
import type { Exchange } from './exchange.js';
import { handle } from './handle.js';

/** Visible ASCII without spaces: the values of two headers are joined by a comma and a space. */
const keyPattern = /^[\x21-\x7e]{1,255}$/;

export async function handleOnce(exchange: Exchange): Promise<void> {
  const key = exchange.header('idempotency-key');
  if (key === undefined) return handle(exchange);
  if (!keyPattern.test(key)) {
    throw invalidRequest(
      'Idempotency-Key is 1 to 255 visible ASCII characters, sent once',
      headerPointer('Idempotency-Key'),
    );
  }
  const { params, query, body } = exchange;
  const claim = await exchange.services.idempotency.claim({
    scope: `${callerKey(exchange.principal) ?? 'guest '} ${exchange.operationId}`,
    key,
    content: canonicalJson({ params, query, body }),
  });
  if ('execution' in claim) return execute(exchange, claim.execution);
  exchange.ctx.res.setHeader('idempotency-replayed', 'true');
  exchange.result = replay(claim.answer);
}

async function execute(exchange: Exchange, execution: Execution): Promise<void> {
  exchange.idempotency = execution;
  try {
    await handle(exchange);
  } catch (error) {
    const answer = encodeFailure(error, exchange.requestId);
    await keep(exchange, () => (answer === undefined ? execution.release() : execution.conclude(answer)));
    throw error;
  }
  await keep(exchange, () => execution.conclude(encodeResult(exchange.result)));
}

/** The effect is committed whether or not its response can be kept; without one, a repetition meets the natural keys. */
async function keep({ services, requestId }: Exchange, action: () => Promise<void>): Promise<void> {
  try {
    await action();
  } catch (err) {
    services.log.warn({ err, requestId }, 'The response for an Idempotency-Key could not be kept.');
  }
}
