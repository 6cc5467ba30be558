/** A handler that never answers does not keep its caller waiting for ever; what it does late is only logged. */
import { catalogue, PalestraError } from '@palestra/core';
import type { Exchange, Step } from './exchange.js';

interface Waiting {
  readonly exchange: Exchange;
  readonly until: number;
  readonly giveUp: (error: PalestraError) => void;
}

/** One timer for every request under way: one each would cost more than the step itself. */
export class Patience {
  readonly #waiting = new Set<Waiting>();
  #timer: NodeJS.Timeout | undefined;

  start(): void {
    this.#timer = setInterval(() => this.#sweep(), sweepMs).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** `pending`, or the failure that says that it took too long. */
  wait(exchange: Exchange, pending: Promise<void>): Promise<void> {
    return new Promise((resolve, reject) => {
      const waiting: Waiting = {
        exchange,
        until: performance.now() + exchange.operation.answerWithin,
        giveUp: reject,
      };
      this.#waiting.add(waiting);
      pending.then(
        () => {
          this.#waiting.delete(waiting);
          resolve();
        },
        (error: unknown) => {
          if (!this.#waiting.delete(waiting)) reportLate(exchange, error);
          reject(error);
        },
      );
    });
  }

  #sweep(): void {
    const now = performance.now();
    for (const waiting of this.#waiting) {
      if (waiting.until > now) continue;
      this.#waiting.delete(waiting);
      waiting.giveUp(tookTooLong(waiting.exchange));
    }
  }
}

const sweepMs = 500;

export function inTime(step: Step): Step {
  return (exchange) => {
    const pending = step(exchange);
    return pending && exchange.services.patience.wait(exchange, pending);
  };
}

/** A read had no effect; of a write nobody can know. */
function tookTooLong({ operation }: Exchange): PalestraError {
  const { id, method, answerWithin } = operation;
  const cause = new Error(`${id} has not answered within ${answerWithin} ms.`);
  const headers = { 'retry-after': '5' };
  return method === 'get'
    ? new PalestraError(catalogue.unavailable, 'The server takes too long to answer.', { headers, cause })
    : new PalestraError(catalogue.outcomeUnknown, 'The server takes too long. Look whether it took effect.', {
        headers,
        cause,
      });
}

function reportLate({ services, requestId, operationId }: Exchange, err: unknown): void {
  services.log.warn({ err, requestId, operationId }, 'A handler failed after its caller had been answered.');
}
