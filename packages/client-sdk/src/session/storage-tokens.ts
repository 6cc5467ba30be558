/** Tokens in Web Storage and its relatives. */
import { runtime, type StorageChange } from '../runtime/runtime.js';
import { claimsOf } from './claims.js';
import { reliableTokens } from './reliable-tokens.js';
import { isTokens, queue, type TokenStore, type Tokens } from './tokens.js';

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
  return reliableTokens({
    read: async () => parse(await storage.getItem(key)),
    update: (change) =>
      oneByOne(async () => {
        const text = storage.getItem(key);
        // Web Storage answers at once; awaiting it would let another tab in between.
        await write(change(parse(isText(text) ? text : await text)));
      }),
    exclusive: (task) => acrossTabs(key, task),
    watch(listener) {
      const onStorage = (change: StorageChange) => {
        if (change.key !== key || change.storageArea !== storage) return;
        const before = parse(change.oldValue);
        const after = parse(change.newValue);
        if (userOf(before) === userOf(after)) listener({ before, after });
        else {
          // Another user signed in; the one before need not have signed out.
          listener({ before, after: undefined });
          listener({ before: undefined, after });
        }
      };
      runtime.addEventListener?.('storage', onStorage);
      return () => runtime.removeEventListener?.('storage', onStorage);
    },
  });
}

const isText = (value: unknown): value is string | null => value === null || typeof value === 'string';

const userOf = (tokens: Tokens | undefined) => tokens && claimsOf(tokens.accessToken).sub;

function parse(text: string | null): Tokens | undefined {
  try {
    const value: unknown = JSON.parse(text ?? '');
    return isTokens(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

const lockTimeoutMs = 10_000;

/** A frozen tab may never release its lock: after a while the task runs without it. */
async function acrossTabs<Result>(name: string, task: () => Promise<Result>): Promise<Result> {
  const { navigator, AbortController } = runtime;
  if (!navigator?.locks || !AbortController) return task();
  const controller = new AbortController();
  const timer = runtime.setTimeout?.(() => controller.abort(), lockTimeoutMs);
  let entered = false;
  const enter = () => {
    entered = true;
    runtime.clearTimeout?.(timer);
    return task();
  };
  try {
    return await navigator.locks.request(name, { signal: controller.signal }, enter);
  } catch (error) {
    if (entered) throw error;
    return task();
  }
}
