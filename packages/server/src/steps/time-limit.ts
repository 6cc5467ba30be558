/** The handler's time limit (`x-answer-within`): its caller gets a 503 then, and what the handler does late is logged. */
import { catalogue, PalestraError } from '@palestra/core';
import { Deadlines } from '../async/deadlines.js';
import type { Exchange, Step } from './exchange.js';

/** For all requests of one host. */
export function createHandlerTimeouts(): Deadlines<Exchange> {
  return new Deadlines<Exchange>({
    timeout: handlerTimeout,
    rejectedLate({ services, requestId, operationId }, err) {
      services.log.warn({ err, requestId, operationId }, 'A handler failed after its time limit had passed.');
    },
  });
}

export function withHandlerTimeout(step: Step): Step {
  return (exchange) => {
    const pending = step(exchange);
    return pending && exchange.services.handlerTimeouts.limit(exchange, pending, exchange.operation.answerWithin);
  };
}

/** A read had no effect; whether a write had one is unknown. */
function handlerTimeout({ operation }: Exchange): PalestraError {
  const { id, method, answerWithin } = operation;
  const cause = new Error(`${id} has not answered within ${answerWithin} ms.`);
  const headers = { 'retry-after': '5' };
  return method === 'get'
    ? new PalestraError(catalogue.unavailable, 'The server takes too long to answer.', { headers, cause })
    : new PalestraError(catalogue.outcomeUnknown, 'The server takes too long. Check whether it took effect.', {
        headers,
        cause,
      });
}
