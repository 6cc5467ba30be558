/** Where tokens are kept. Always asynchronous, to fit memory, Web Storage and a phone's secure store. */

import type { Clock } from '../runtime/clock.js';

/** The result of a sign-in. A store keeps all members. */
export interface Tokens {
  readonly accessToken: string;
  /** Absent after an administrator's or a club sign-in, which end with their access token. */
  readonly refreshToken?: string;
  /**
   * Proves that a refresh comes from who was given the refresh token: the client makes it, stores it with the token, and
   * sends both. If the reply is lost, the server gives the same successor again.
   */
  readonly refreshKey?: string;
  /** When the access token ends, in milliseconds since the epoch by this machine's clock; absent if it does not end. */
  readonly expiresAt?: number;
  /** The `baseUrl` of the server that gave them; no other server is sent them. */
  readonly server?: string;
}

/** Where a client keeps its tokens. Several clients (tabs, workers) may share one. */
export interface TokenStore {
  read(): Promise<Tokens | undefined>;
  /** What `read` would give, for a store that has it in memory: a call then waits for nothing. It cannot fail. */
  peek?(): Tokens | undefined;
  /** Replaces the stored tokens by `change(stored)`, atomically. */
  update(change: (current: Tokens | undefined) => Tokens | undefined): Promise<void>;
  /**
   * Runs `task` while no other client of the same store runs one, so that only one of them refreshes. Without it each
   * client refreshes for itself, and all get the same tokens.
   */
  exclusive?<Result>(task: () => Promise<Result>): Promise<Result>;
  /** Calls `listener` when another client, such as another tab, has changed the tokens. The result unsubscribes. */
  watch?(listener: (change: TokenChange) => void): () => void;
  /** The store for one server: it gives no other server's tokens, and holds in memory what it fails to keep. */
  bind?(server: string, clock: Clock): TokenStore;
}

/** What another client did to the tokens. */
export interface TokenChange {
  readonly before: Tokens | undefined;
  readonly after: Tokens | undefined;
}

/** Lost when the page or the process ends. Several clients with the same store share one session. */
export function memoryTokens(initial?: Tokens): TokenStore {
  let tokens = initial;
  return {
    read: async () => tokens,
    peek: () => tokens,
    update: async (change) => {
      tokens = change(tokens);
    },
    exclusive: queue(),
  };
}

const types: Readonly<Record<keyof Tokens, string>> = {
  accessToken: 'string',
  refreshToken: 'string',
  refreshKey: 'string',
  expiresAt: 'number',
  server: 'string',
};

/** Whether it is a set of tokens, and not another program's value. */
export function isTokens(value: unknown): value is Tokens {
  const tokens = Object(value);
  const isRight = ([name, type]: [string, string]) => tokens[name] === undefined || typeof tokens[name] === type;
  return tokens.accessToken !== undefined && Object.entries(types).every(isRight);
}

/** One task at a time, in the order of asking. */
export function queue(): <Result>(task: () => Promise<Result>) => Promise<Result> {
  let last: Promise<unknown> = Promise.resolve();
  return (task) => {
    const result = last.then(task);
    last = result.catch(() => undefined);
    return result;
  };
}
