/** Around the handler of a write: under an `Idempotency-Key` it is executed once, and answered the same every time. */
import { canonicalJson, type PalestraError } from '@palestra/core';
import { doesPassTransaction } from '../database/call-transaction.js';
import { encodeFailure, encodeResult, type KeptAnswer, replay } from '../idempotency/answer.js';
import type { Outcome } from '../idempotency/types.js';
import type { Exchange } from './exchange.js';
import { handle } from './handle.js';
import { idempotencyKeyOf } from './idempotency-key.js';

export async function handleOnce(exchange: Exchange): Promise<void> {
  const key = idempotencyKeyOf(exchange, exchange.principal);
  if (key === undefined) return handle(exchange);
  const { params, query, body } = exchange;
  const request = { ...key, content: canonicalJson({ params, query, body }) };
  if (exchange.endedToken) return answerKept(exchange, request, exchange.endedToken);
  // Whatever the key is waiting for: the handler follows, even if its caller has been answered meanwhile.
  exchange.handling = true;
  return exchange.operation.object['x-external-effects'] ? claimed(exchange, request) : transacted(exchange, request);
}

type Request = Parameters<Exchange['services']['idempotency']['claim']>[0];

interface Handled extends Outcome {
  /** What the handler threw, where its refusal is kept. */
  readonly refusal?: unknown;
}

/** The handler and the record of its answer are one transaction. */
async function transacted(exchange: Exchange, request: Request): Promise<void> {
  const executed = await exchange.services.idempotency.executeOnce(request, {
    passesTransaction: doesPassTransaction(exchange.operation.handler),
    execute(transaction) {
      exchange.transaction = transaction;
      return outcomeOf(exchange);
    },
  });
  if ('replayed' in executed) return answerAgain(exchange, executed.replayed);
  const { outcome } = executed;
  if ('refusal' in outcome) throw outcome.refusal;
}

/** A refusal commits what the handler has written before it, as it would without a key. */
async function outcomeOf(exchange: Exchange): Promise<Handled> {
  try {
    await handle(exchange);
  } catch (refusal) {
    const answer = encodeFailure(refusal, exchange.requestId);
    if (answer === undefined) throw refusal;
    return { answer, refusal };
  }
  return { answer: encodeResult(exchange.result) };
}

/** The handler calls other systems, so its key is claimed before, and its answer kept after it. */
async function claimed(exchange: Exchange, request: Request): Promise<void> {
  const claim = await exchange.services.idempotency.claim(request);
  if ('answer' in claim) return answerAgain(exchange, claim.answer);
  const { execution } = claim;
  exchange.idempotency = execution;
  const keep = (answer: KeptAnswer | undefined) =>
    logged(exchange, () => (answer === undefined ? execution.release() : execution.conclude(answer)));
  try {
    await handle(exchange);
  } catch (error) {
    await keep(encodeFailure(error, exchange.requestId));
    throw error;
  }
  await keep(encodeResult(exchange.result));
}

/** The caller's token has ended: it learns what became of its request, and nothing is executed. */
async function answerKept(exchange: Exchange, request: Request, refusal: PalestraError): Promise<void> {
  const answer = await exchange.services.idempotency.kept.find(request);
  if (answer === undefined) throw refusal;
  answerAgain(exchange, answer);
}

function answerAgain(exchange: Exchange, answer: string): void {
  exchange.services.idempotency.onReplay();
  exchange.ctx.set('idempotency-replayed', 'true');
  exchange.result = replay(answer);
}

/** The effect stays whether or not its answer can be kept: unique keys in the data give the same again. */
async function logged({ services, requestId }: Exchange, action: () => Promise<void>): Promise<void> {
  try {
    await action();
  } catch (err) {
    services.log.warn({ err, requestId }, 'The answer under an Idempotency-Key could not be kept.');
  }
}
