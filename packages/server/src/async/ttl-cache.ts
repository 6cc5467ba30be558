/** A cache with a time to live, one pending read per key, and a `clear` for writes. */

interface Entry<Value> {
  readonly value: Value;
  readonly readAt: number;
}

export interface TtlCacheOptions<Value> {
  readonly read: (key: string) => Promise<Value>;
  readonly maxAgeMs: number;
  readonly maxEntries: number;
}

export class TtlCache<Value> {
  readonly #options: TtlCacheOptions<Value>;
  #entries = new Map<string, Entry<Value>>();
  #reading = new Map<string, Promise<Value>>();

  constructor(options: TtlCacheOptions<Value>) {
    this.#options = options;
  }

  /** What was read less than `maxAgeMs` before `now`. */
  fresh(key: string, now: number): Entry<Value> | undefined {
    const entry = this.#entries.get(key);
    return entry && Math.abs(now - entry.readAt) < this.#options.maxAgeMs ? entry : undefined;
  }

  /** Reads once for all who wait for the same key; `now` counts from before the reading. */
  load(key: string, now: number): Promise<Value> {
    const pending = this.#reading.get(key);
    if (pending) return pending;
    const reading = this.#reading;
    const entries = this.#entries;
    const read = this.#options.read(key).then(
      (value) => {
        reading.delete(key);
        if (entries.size >= this.#options.maxEntries) entries.clear();
        entries.set(key, { value, readAt: now });
        return value;
      },
      (error: unknown) => {
        reading.delete(key);
        throw error;
      },
    );
    reading.set(key, read);
    return read;
  }

  /** Also what is being read just now, since it may be from before the write. */
  clear(): void {
    this.#entries = new Map();
    this.#reading = new Map();
  }
}
