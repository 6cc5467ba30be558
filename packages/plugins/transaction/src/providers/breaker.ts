/** Two brakes on calls to a provider in trouble: a breaker after failures in a row, and a budget for further tries. */
import type { Clock } from '@palestra/core';

const failuresToOpen = 10;
const openMs = 30_000;

/** After ten failures in a row no call is made for half a minute; then a single one probes. */
export class Breaker {
  #failures = 0;
  #closedAgainAt = 0;

  constructor(private readonly clock: Clock) {}

  /** True if the call may be made. */
  admits(): boolean {
    if (this.#failures < failuresToOpen) return true;
    const now = this.clock.now();
    if (now < this.#closedAgainAt) return false;
    // This caller probes; the others wait for its result.
    this.#closedAgainAt = now + openMs;
    return true;
  }

  succeeded(): void {
    this.#failures = 0;
  }

  failed(): void {
    this.#failures += 1;
    if (this.#failures >= failuresToOpen) this.#closedAgainAt = this.clock.now() + openMs;
  }
}

const mostRetries = 10;
const retriesPerCall = 0.1;

/** Every call earns a tenth of a further try, so that a provider in trouble is not asked three times as much. */
export class RetryBudget {
  #retries = mostRetries;

  called(): void {
    this.#retries = Math.min(mostRetries, this.#retries + retriesPerCall);
  }

  /** False if no further try is left. */
  spend(): boolean {
    if (this.#retries < 1) return false;
    this.#retries -= 1;
    return true;
  }
}
