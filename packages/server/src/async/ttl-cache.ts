/** A cache with a time to live, one pending read per key, and a `clear` for writes. */

interface Entry<Value> {
  readonly value: Value;
  readonly readAt: number;
}

interface Pending<Value> {
  readonly reading: Promise<Value>;
  /** `performance.now()` */
  readonly since: number;
}

export interface TtlCacheOptions<Value> {
  readonly read: (key: string) => Promise<Value>;
  readonly maxAgeMs: number;
  readonly maxEntries: number;
  /** A read that takes longer is not waited for by those who come later: they read again; default 2 s. */
  readonly sharedForMs?: number;
}

export class TtlCache<Value> {
  readonly #options: Required<TtlCacheOptions<Value>>;
  #entries = new Map<string, Entry<Value>>();
  #pending = new Map<string, Pending<Value>>();

  constructor(options: TtlCacheOptions<Value>) {
    this.#options = { sharedForMs: 2_000, ...options };
  }

  /** What was read less than `maxAgeMs` before `now`. */
  fresh(key: string, now: number): Entry<Value> | undefined {
    const entry = this.#entries.get(key);
    return entry && Math.abs(now - entry.readAt) < this.#options.maxAgeMs ? entry : undefined;
  }

  /** Reads once for all who wait for the same key; `now` counts from before the reading. */
  load(key: string, now: number): Promise<Value> {
    const { read, maxEntries, sharedForMs } = this.#options;
    const begun = performance.now();
    const known = this.#pending.get(key);
    if (known && begun - known.since < sharedForMs) return known.reading;
    const [pending, entries] = [this.#pending, this.#entries];
    const reading = read(key)
      .then((value) => {
        if (entries.size >= maxEntries) entries.clear();
        // A read that was given up for a later one may end after it.
        if ((entries.get(key)?.readAt ?? now) <= now) entries.set(key, { value, readAt: now });
        return value;
      })
      .finally(() => {
        if (pending.get(key) === own) pending.delete(key);
      });
    const own = { reading, since: begun };
    pending.set(key, own);
    return reading;
  }

  /** Also what is being read just now, since it may be from before the write. */
  clear(): void {
    this.#entries = new Map();
    this.#pending = new Map();
  }
}
