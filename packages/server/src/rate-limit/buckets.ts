/** Token buckets in this process: a request they refuse costs no query, and they still count when the database cannot. */

interface Bucket {
  tokens: number;
  at: number;
}

export interface BucketSize {
  readonly most: number;
  readonly perMs: number;
}

export class TokenBuckets {
  readonly #buckets = new Map<string, Bucket>();
  readonly #most: number;

  /** When there are more than `most`, the least recently used bucket is dropped. */
  constructor(most = 50_000) {
    this.#most = most;
  }

  /** Takes a token; if there is none, the milliseconds until there is one. */
  take(key: string, size: BucketSize, now: number): number {
    const bucket = this.#filled(key, size, now);
    if (bucket.tokens < 1) return Math.ceil(((1 - bucket.tokens) * size.perMs) / size.most);
    bucket.tokens -= 1;
    return 0;
  }

  giveBack(key: string, { most }: BucketSize): void {
    const bucket = this.#buckets.get(key);
    if (bucket) bucket.tokens = Math.min(most, bucket.tokens + 1);
  }

  #filled(key: string, { most, perMs }: BucketSize, now: number): Bucket {
    const known = this.#buckets.get(key);
    // Moved to the end, so that the first in the map is the least recently used.
    this.#buckets.delete(key);
    const bucket = known ?? { tokens: most, at: now };
    bucket.tokens = Math.min(most, bucket.tokens + (Math.max(0, now - bucket.at) * most) / perMs);
    bucket.at = now;
    if (this.#buckets.size >= this.#most) this.#dropOldest();
    this.#buckets.set(key, bucket);
    return bucket;
  }

  #dropOldest(): void {
    const [oldest] = this.#buckets.keys();
    if (oldest !== undefined) this.#buckets.delete(oldest);
  }
}
