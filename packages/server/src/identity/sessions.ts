/** Sessions: what a sign-in returns, how it is refreshed, and how it ends. */
import { randomBytes } from 'node:crypto';
import type { Call, Clock } from '@palestra/core';
import {
  createRefreshTokens,
  type KeyRing,
  type RefreshToken,
  type RefreshTokenStore,
  type SecretKey,
  type SessionOrigin,
  type StoredAccount,
  type Tokens,
  tokenInvalid,
} from '@palestra/core/auth';
import type { Accounts } from './account-store.js';
import type { IdentityConfig } from './config.js';
import type { components } from './contract.generated.js';
import type { SessionStore } from './session-store.js';

export type TokenPair = components['schemas']['TokenPair'];
export type AccessToken = components['schemas']['AccessToken'];

export interface SessionOptions {
  readonly tokens: Tokens;
  readonly store: SessionStore;
  readonly refreshTokens: RefreshTokenStore;
  readonly refreshKeys: KeyRing<SecretKey>;
  readonly accounts: Accounts;
  readonly clock: Clock;
  readonly config: IdentityConfig;
}

export interface Sessions {
  readonly store: SessionStore;
  /** An access and a refresh token. */
  open(account: StoredAccount, call: SignInCall): Promise<TokenPair>;
  /**
   * `refreshKey` is the client's, see `RefreshTokens.rotate`.
   * @throws PalestraError `tokenInvalid`
   */
  refresh(refreshToken: string, refreshKey?: string): Promise<TokenPair>;
  /** Succeeds whatever the token was. */
  close(refreshToken: string): Promise<void>;
  /** An access token alone, valid until it expires, its session ends or its account's token version changes. */
  issue(account: StoredAccount, seconds: number, call: SignInCall): Promise<AccessToken>;
}

/** Where somebody signs in, as the list of sessions shows it. */
type SignInCall = Pick<Call, 'ip' | 'header'>;

export function createSessions(options: SessionOptions): Sessions {
  const { tokens, store, accounts, config, clock } = options;
  const refreshTokens = createRefreshTokens({
    store: options.refreshTokens,
    keys: options.refreshKeys,
    clock,
    idleMs: config.refreshIdleSeconds * 1000,
    absoluteMs: config.refreshAbsoluteSeconds * 1000,
  });

  function accessToken(account: StoredAccount, seconds: number, session: string): AccessToken {
    const { id: accountId, username, role, tokenVersion } = account;
    const { token } = tokens.issue({ accountId, username, role, tokenVersion, session }, seconds);
    return { token_type: 'bearer', access_token: token, expires_in: seconds };
  }

  function pair(account: StoredAccount, { token, family }: RefreshToken): TokenPair {
    return { ...accessToken(account, config.userTokenSeconds, family), refresh_token: token };
  }

  return {
    store,

    async issue(account, seconds, call) {
      const id = randomBytes(16).toString('base64url');
      const now = clock.now();
      const times = { createdAt: now, lastUsedAt: now, expiresAt: now + seconds * 1_000 };
      await store.begin({ id, accountId: account.id, ...originOf(call), ...times });
      return accessToken(account, seconds, id);
    },
    open: async (account, call) => pair(account, await refreshTokens.issue(account.id, originOf(call))),
    async refresh(refreshToken, refreshKey) {
      const next = await refreshTokens.rotate(refreshToken, refreshKey);
      const account = await accounts.find(next.accountId);
      if (!account || account.disabled) {
        await refreshTokens.revoke(next.token);
        throw tokenInvalid();
      }
      return pair(account, next);
    },
    async close(refreshToken) {
      await refreshTokens.revoke(refreshToken);
    },
  };
}

function originOf(call: SignInCall): SessionOrigin {
  return { ip: call.ip, agent: call.header('user-agent') ?? null };
}
