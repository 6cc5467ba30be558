/**
 * Who is signed in: tokens in the store, refreshed on demand. One refresh at a time; a sign-out or another tab's
 * rotation meanwhile wins; only a definite 401 of the refresh call drops the tokens.
 */
import { type ClientError, isClientError } from '../errors/client-error.js';
import type { Clock } from '../runtime/clock.js';
import type { TokenStore, Tokens } from './tokens.js';

/** `expired`: the server refused the refresh token, so that the user has to sign in again. */
export type SessionEvent = 'signed_in' | 'refreshed' | 'signed_out' | 'expired';

/** Told of each change of the session, after it; nobody waits for what it gives. */
export type SessionListener = (event: SessionEvent) => void;

/** As the server gives them. */
export interface TokenAnswer {
  readonly access_token: string;
  readonly refresh_token?: string;
  /** Seconds from now. */
  readonly expires_in: number;
}

interface SessionParts {
  readonly store: TokenStore;
  readonly clock: Clock;
  /** Spends a refresh token. */
  rotate(refreshToken: string): Promise<TokenAnswer>;
}

/** After a refresh that failed without a definite answer, none is tried for so long. */
const cooldownMs = 5_000;

interface Cooldown {
  readonly refreshToken: string;
  readonly until: number;
  readonly error: ClientError;
}

/** The tokens in the store, and the one way they change. */
export class Session {
  readonly #parts: SessionParts;
  readonly #listeners = new Set<SessionListener>();
  /** By the token refused: only one of them can be the stored one, so that one refresh at most is under way. */
  readonly #renewals = new Map<string, Promise<Tokens | undefined>>();
  #cooldown: Cooldown | undefined;

  constructor(parts: SessionParts) {
    this.#parts = parts;
  }

  read(): Promise<Tokens | undefined> {
    return this.#parts.store.read();
  }

  async signIn(answer: TokenAnswer): Promise<Tokens> {
    const tokens = this.#tokensOf(answer);
    await this.#parts.store.update(() => tokens);
    this.#tell('signed_in');
    return tokens;
  }

  /** Gives the tokens that were there. */
  async signOut(): Promise<Tokens | undefined> {
    let last: Tokens | undefined;
    await this.#parts.store.update((current) => {
      last = current;
      return undefined;
    });
    if (last !== undefined) this.#tell('signed_out');
    return last;
  }

  /** The access token to send, refreshed first if its time is up; undefined if nobody is signed in. */
  async accessToken(): Promise<string | undefined> {
    const tokens = await this.read();
    if (
      tokens?.refreshToken === undefined ||
      (tokens.expiresAt ?? Number.POSITIVE_INFINITY) > this.#parts.clock.now()
    ) {
      return tokens?.accessToken;
    }
    return (await this.renew(tokens.accessToken))?.accessToken;
  }

  /**
   * Replaces an access token that is no longer good. Gives what is then in the store; that is the same token if there
   * is no way to refresh it.
   * @throws ClientError why the refresh failed
   */
  renew(refused: string): Promise<Tokens | undefined> {
    let renewal = this.#renewals.get(refused);
    if (renewal === undefined) {
      renewal = this.#renewAlone(refused).finally(() => this.#renewals.delete(refused));
      this.#renewals.set(refused, renewal);
    }
    return renewal;
  }

  /** Called after each change, never awaited. The result ends it. */
  onChange(listener: SessionListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #renewAlone(refused: string): Promise<Tokens | undefined> {
    const { store } = this.#parts;
    const task = async () => {
      const current = await store.read();
      // Another call, tab or client has been here already.
      if (current?.accessToken !== refused || current.refreshToken === undefined) return current;
      return this.#rotate(current.refreshToken);
    };
    return store.exclusive ? store.exclusive(task) : task();
  }

  async #rotate(spent: string): Promise<Tokens | undefined> {
    const { clock, rotate } = this.#parts;
    const cooldown = this.#cooldown;
    if (cooldown?.refreshToken === spent && clock.now() < cooldown.until) throw cooldown.error;
    try {
      return await this.#commit(spent, this.#tokensOf(await rotate(spent)), 'refreshed');
    } catch (error) {
      if (!isClientError(error)) throw error;
      if (isDefinite(error)) return this.#drop(spent, error);
      const until = clock.now() + Math.max(cooldownMs, error.retryAfterMs ?? 0);
      this.#cooldown = { refreshToken: spent, until, error };
      throw error;
    }
  }

  /** Another tab may have rotated meanwhile; then its tokens stand and the refusal of ours says nothing. */
  async #drop(spent: string, error: ClientError): Promise<Tokens> {
    const left = await this.#commit(spent, undefined, 'expired');
    if (left === undefined) throw error;
    return left;
  }

  /** The commit guard: nothing is written unless the spent token is still the one in the store. */
  async #commit(spent: string, next: Tokens | undefined, event: SessionEvent): Promise<Tokens | undefined> {
    let stored: Tokens | undefined;
    let committed = false;
    await this.#parts.store.update((current) => {
      committed = current?.refreshToken === spent;
      stored = committed ? next : current;
      return stored;
    });
    if (committed) this.#tell(event);
    return stored;
  }

  #tokensOf({ access_token, refresh_token, expires_in }: TokenAnswer): Tokens {
    return {
      accessToken: access_token,
      ...(refresh_token !== undefined && { refreshToken: refresh_token }),
      expiresAt: this.#parts.clock.now() + expires_in * 1000,
    };
  }

  #tell(event: SessionEvent): void {
    for (const listener of this.#listeners) void Promise.resolve(event).then(listener);
  }
}

/** The server's own 401; one without its problem document may be anybody's, such as a proxy's. */
function isDefinite(error: ClientError): boolean {
  return error.status === 401 && !error.code.startsWith('http_');
}
