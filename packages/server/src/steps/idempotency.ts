/** Around the handler where a caller sent an `Idempotency-Key`: executed once, answered the same every time. */
import { canonicalJson, headerPointer, invalidRequest } from '@palestra/core';
import { type Execution, encodeFailure, encodeResult, replay } from '../idempotency/index.js';
import { callerKey } from './caller.js';
import type { Exchange } from './exchange.js';
import { handle } from './handle.js';

/** Visible ASCII; two headers would come joined by a comma and a space. */
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

/** The effect stands whether or not its answer can be kept: without one, the natural keys give the same again. */
async function keep({ services, requestId }: Exchange, action: () => Promise<void>): Promise<void> {
  try {
    await action();
  } catch (err) {
    services.log.warn({ err, requestId }, 'The answer under an Idempotency-Key could not be kept.');
  }
}
