/** Where tokens are kept. Always asynchronous, to fit memory, Web Storage and a phone's secure store. */
import { runtime } from '../runtime/runtime.js';

/** The result of a sign-in. */
export interface Tokens {
  readonly accessToken: string;
  /** Absent after an administrator's or a club sign-in, which end with their access token. */
  readonly refreshToken?: string;
  /** When the access token ends, in milliseconds since the epoch by this machine's clock; absent if it does not end. */
  readonly expiresAt?: number;
}

/** Where a client keeps its tokens. Several clients (tabs, workers) may share one. */
export interface TokenStore {
  read(): Promise<Tokens | undefined>;
  /** Replaces the stored tokens by `change(stored)`, atomically. */
  update(change: (current: Tokens | undefined) => Tokens | undefined): Promise<void>;
  /**
   * Runs `task` while no other client of the same store runs one, so that only one of them refreshes. Without it each
   * client refreshes for itself, which the server accepts within its grace period.
   */
  exclusive?<Result>(task: () => Promise<Result>): Promise<Result>;
}

/** Lost when the page or the process ends. Several clients with the same store share one session. */
export function memoryTokens(initial?: Tokens): TokenStore {
  let tokens = initial;
  return {
    read: () => Promise.resolve(tokens),
    update: async (change) => {
      tokens = change(tokens);
    },
    exclusive: queue(),
  };
}

/** `localStorage`, `sessionStorage`, React Native's AsyncStorage, or anything else of that shape. */
export interface KeyValueStorage {
  getItem(key: string): string | null | Promise<string | null>;
  setItem(key: string, value: string): unknown;
  removeItem(key: string): unknown;
}

/**
 * Survives reloads: `storageTokens(localStorage)`. Tabs of one origin share the session; where the runtime has Web
 * Locks, one of them refreshes for all.
 */
export function storageTokens(storage: KeyValueStorage, key = 'palestra.tokens'): TokenStore {
  const oneByOne = queue();
  const write = (tokens: Tokens | undefined) =>
    tokens === undefined ? storage.removeItem(key) : storage.setItem(key, JSON.stringify(tokens));
  return {
    read: async () => parse(await storage.getItem(key)),
    update: (change) =>
      oneByOne(async () => {
        const text = storage.getItem(key);
        // Web Storage answers at once; awaiting it would let another tab in between.
        await write(change(parse(isText(text) ? text : await text)));
      }),
    exclusive: (task) => acrossTabs(key, task),
  };
}

const isText = (value: unknown): value is string | null => value === null || typeof value === 'string';

/** Undefined for anything but a set of tokens, such as another program's value. */
function parse(text: string | null): Tokens | undefined {
  try {
    const value: unknown = JSON.parse(text ?? '');
    const usable = typeof value === 'object' && value !== null && 'accessToken' in value;
    return usable && typeof value.accessToken === 'string' ? (value as Tokens) : undefined;
  } catch {
    return undefined;
  }
}

/** One task at a time, in the order of asking. */
function queue(): <Result>(task: () => Promise<Result>) => Promise<Result> {
  let last: Promise<unknown> = Promise.resolve();
  return (task) => {
    const result = last.then(task);
    last = result.catch(() => undefined);
    return result;
  };
}

const lockTimeoutMs = 10_000;

/** A frozen tab may never release its lock: after a while the task runs without it. */
async function acrossTabs<Result>(name: string, task: () => Promise<Result>): Promise<Result> {
  const { navigator, AbortController } = runtime;
  if (!navigator?.locks || !AbortController) return task();
  const controller = new AbortController();
  const timer = runtime.setTimeout(() => controller.abort(), lockTimeoutMs);
  let entered = false;
  const enter = () => {
    entered = true;
    runtime.clearTimeout(timer);
    return task();
  };
  try {
    return await navigator.locks.request(name, { signal: controller.signal }, enter);
  } catch (error) {
    if (entered) throw error;
    return task();
  }
}
