/**
 * Who is signed in: tokens in the store, refreshed on demand. One refresh at a time; a sign-out or another tab's
 * rotation meanwhile wins; only a definite 401 of the refresh call drops the tokens.
 */
import type { Operation } from '../contract/operation.js';
import { isClientError } from '../errors/client-error.js';
import { localError } from '../errors/local-error.js';
import { refresh } from '../generated/operations.js';
import type { Clock } from '../runtime/clock.js';
import { runtime } from '../runtime/runtime.js';
import { uniqueId } from '../runtime/unique-id.js';
import type { TokenStore, Tokens } from './tokens.js';

/** `expired`: the server refused the refresh token, so that the user has to sign in again. */
export type SessionEvent = 'signed_in' | 'refreshed' | 'signed_out' | 'expired';

/** Called after each change of the session, also by another tab. The client does not wait for its result. */
export type SessionListener = (event: SessionEvent) => void;

/** As the server gives them. */
export interface TokenAnswer {
  readonly access_token: string;
  readonly refresh_token?: string;
  /** Seconds from now. */
  readonly expires_in: number;
}

/** The session of a client. */
export interface Session {
  /** @throws ClientError `storage` */
  read(): Promise<Tokens | undefined>;
  /**
   * Signs in with the tokens that `obtain` gets by `operation`.
   * @throws ClientError `aborted` if the user signed out meanwhile, `protocol` if there are no tokens in the answer
   */
  signIn(operation: Operation, obtain: () => Promise<TokenAnswer>): Promise<Tokens>;
  /** Gives the tokens that were stored. @throws ClientError `storage` if they may still be in the store */
  signOut(): Promise<Tokens | undefined>;
  /** The access token to send, where the store has it in memory and it has not expired. */
  peek(): string | undefined;
  /** The access token to send, refreshed first if it has expired; undefined if no user is signed in. */
  accessToken(): Promise<string | undefined>;
  /**
   * Replaces an access token that was refused. Gives the tokens that are then in the store; they are the same if there
   * is no way to refresh them.
   * @throws ClientError why the refresh failed
   */
  renew(refused: string): Promise<Tokens | undefined>;
  /** Calls `listener` after each change. The result unsubscribes. */
  onChange(listener: SessionListener): () => void;
}

/** What a session works with. */
interface SessionParts {
  readonly store: TokenStore;
  readonly clock: Clock;
  /** Exchanges a refresh token; repeats that, since it gives the same successor, only while `isCurrent`. */
  rotate(tokens: Tokens, isCurrent: () => Promise<boolean>): Promise<TokenAnswer>;
  /** Ends a session at the server. */
  revoke(refreshToken: string): Promise<unknown>;
}

type Tell = (event: SessionEvent) => void;

export function createSession({ store, clock, rotate, revoke }: SessionParts): Session {
  const listeners = new Set<SessionListener>();
  let signOuts = 0;
  let unwatch: (() => void) | undefined;

  const tell: Tell = (event) => {
    for (const listener of listeners) Promise.resolve(event).then(listener).catch(report);
  };
  const renew = createRenewal({ store, clock, rotate }, tell);
  /** Tokens that cannot be refreshed, or do not say when they end, are good until they are refused. */
  const unexpired = (tokens: Tokens | undefined) =>
    tokens?.refreshToken && Number(tokens.expiresAt) <= clock.now() ? undefined : tokens?.accessToken;

  return {
    read: () => store.read(),
    async signIn(operation, obtain) {
      const before = signOuts;
      const tokens = tokensOf(operation, await obtain(), clock);
      const isLate = () => signOuts > before;
      await store.update((current) => (isLate() ? current : tokens)).catch(report);
      if (!isLate()) {
        tell('signed_in');
        return tokens;
      }
      if (tokens.refreshToken) revoke(tokens.refreshToken).catch(() => {});
      throw localError('signed_out', 'aborted', { operation });
    },
    async signOut() {
      signOuts += 1;
      let last: Tokens | undefined;
      try {
        await store.update((current) => {
          last = current;
          return undefined;
        });
      } finally {
        if (last) tell('signed_out');
      }
      return last;
    },
    peek: () => unexpired(store.peek?.()),
    async accessToken() {
      const tokens = await store.read();
      return unexpired(tokens) ?? (tokens && (await renew(tokens.accessToken))?.accessToken);
    },
    renew,
    onChange(listener) {
      listeners.add(listener);
      unwatch ??= store.watch?.(({ before, after }) => {
        if (before || after) tell(before ? (after ? 'refreshed' : 'signed_out') : 'signed_in');
      });
      return () => {
        listeners.delete(listener);
        if (listeners.size > 0) return;
        unwatch?.();
        unwatch = undefined;
      };
    },
  };
}

/** After a refresh that failed without a definite answer, the next one waits, whatever `Retry-After` says. */
const shortestPauseMs = 5_000;
const longestPauseMs = 60_000;

function createRenewal({ store, clock, rotate }: Omit<SessionParts, 'revoke'>, tell: Tell): Session['renew'] {
  /** By the token refused: only one of them can be the stored one, so at most one refresh is in flight. */
  const renewals = new Map<string, Promise<Tokens | undefined>>();
  let failure: { readonly refreshToken: string; readonly at: number; readonly ms: number; error: unknown } | undefined;

  /** The commit guard: nothing is written unless the spent token is still the one in the store. */
  const commit = async (spent: string, next: Tokens | undefined, event: SessionEvent) => {
    let stored: Tokens | undefined;
    await store
      .update((current) => {
        stored = current?.refreshToken === spent ? next : current;
        return stored;
      })
      .catch(report);
    if (stored === next) tell(event);
    return stored;
  };

  const refreshStored = async (refused: string) => {
    const current = await store.read();
    const { accessToken, refreshToken } = current ?? {};
    // Another call, tab or client has refreshed already.
    if (accessToken !== refused || !refreshToken || !current) return current;
    const since = clock.monotonic() - (failure?.at ?? 0);
    if (failure?.refreshToken === refreshToken && since >= 0 && since < failure.ms) throw failure.error;
    const isCurrent = async () => (await store.read())?.refreshToken === refreshToken;
    try {
      const next = tokensOf(refresh, await rotate(current, isCurrent), clock, true);
      return await commit(refreshToken, next, 'refreshed');
    } catch (error) {
      // Another tab has rotated, or signed out: what was refused to this one says nothing.
      if (!(await isCurrent()) || !isClientError(error)) return store.read();
      // The server's own 401; one without its problem document may come from a proxy.
      if (error.status === 401 && error.code !== 'http_401') await commit(refreshToken, undefined, 'expired');
      const ms = Math.min(longestPauseMs, Math.max(shortestPauseMs, error.retryAfterMs ?? 0));
      failure = { refreshToken, at: clock.monotonic(), ms, error };
      throw error;
    }
  };

  return (refused) => {
    let renewal = renewals.get(refused);
    if (!renewal) {
      const task = () => refreshStored(refused);
      renewal = (store.exclusive ? store.exclusive(task) : task()).finally(() => renewals.delete(refused));
      renewals.set(refused, renewal);
    }
    return renewal;
  };
}

/** @throws ClientError `protocol` */
function tokensOf(operation: Operation, answer: TokenAnswer, clock: Clock, isPair = false): Tokens {
  const { access_token: accessToken, refresh_token: refreshToken, expires_in } = answer;
  const isText = (text: unknown) => typeof text === 'string' && text !== '';
  const hasRefreshToken = isText(refreshToken) || (refreshToken === undefined && !isPair);
  if (!isText(accessToken) || !hasRefreshToken || !(expires_in > 0)) {
    throw localError('answer_malformed', 'protocol', { operation }, 'no tokens');
  }
  const expiresAt = clock.now() + expires_in * 1000;
  return { accessToken, ...(refreshToken && { refreshToken, refreshKey: uniqueId() }), expiresAt };
}

function report(error: unknown): void {
  runtime.console?.error(error);
}
