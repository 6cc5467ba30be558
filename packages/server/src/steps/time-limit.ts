/**
 * The time limit of a request (`x-answer-within`), over all steps together: its caller gets a 503 then, whatever the
 * database or another system does; what a step does late is logged.
 */
import { catalogue, PalestraError } from '@palestra/core';
import { Deadlines } from '../async/deadlines.js';
import type { Exchange, Step } from './exchange.js';

/** For all requests of one host. */
export function createRequestTimeouts(): Deadlines<Exchange> {
  return new Deadlines<Exchange>({
    timeout: requestTimeout,
    rejectedLate({ services, requestId, operationId }, err) {
      services.log.warn({ err, requestId, operationId }, 'A request failed after its time limit had passed.');
    },
  });
}

export function withinTimeLimit(step: Step): Step {
  return (exchange) => {
    const pending = step(exchange);
    return (
      pending && exchange.services.requests.timeouts.limit(exchange, pending, exchange.answerBy - performance.now())
    );
  };
}

/** For a step that waits for the client: the server limits how long a body may take. */
export function outsideTimeLimit(step: Step): Step {
  return (exchange) => {
    const begun = performance.now();
    return step(exchange)?.finally(() => {
      exchange.answerBy += performance.now() - begun;
    });
  };
}

/** Before its handler a request had no effect, and a read never has one; whether a write had one is unknown. */
function requestTimeout({ operation, handling }: Exchange): PalestraError {
  const { id, method, answerWithin } = operation;
  const cause = new Error(`${id} has not answered within ${answerWithin} ms.`);
  const headers = { 'retry-after': '5' };
  return method === 'get' || !handling
    ? new PalestraError(catalogue.unavailable, 'The server takes too long to answer.', { headers, cause })
    : new PalestraError(catalogue.outcomeUnknown, 'The server takes too long. Check whether it took effect.', {
        headers,
        cause,
      });
}
