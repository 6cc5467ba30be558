/** Sessions: what a sign-in returns, how it is refreshed, and how it ends. */
import type { Clock } from '@palestra/core';
import {
  createRefreshTokens,
  type KeyRing,
  type RefreshToken,
  type RefreshTokenStore,
  type SecretKey,
  type StoredAccount,
  type Tokens,
  tokenInvalid,
} from '@palestra/core/auth';
import type { Accounts } from './account-store.js';
import type { IdentityConfig } from './config.js';
import type { components } from './contract.generated.js';

export type TokenPair = components['schemas']['TokenPair'];
export type AccessToken = components['schemas']['AccessToken'];

export interface SessionOptions {
  readonly tokens: Tokens;
  readonly refreshTokens: RefreshTokenStore;
  readonly refreshKeys: KeyRing<SecretKey>;
  readonly accounts: Accounts;
  readonly clock: Clock;
  readonly config: IdentityConfig;
}

export interface Sessions {
  /** An access and a refresh token. */
  open(account: StoredAccount): Promise<TokenPair>;
  /**
   * `refreshKey` is the client's, see `RefreshTokens.rotate`.
   * @throws PalestraError `tokenInvalid`
   */
  refresh(refreshToken: string, refreshKey?: string): Promise<TokenPair>;
  /** Succeeds whatever the token was. */
  close(refreshToken: string): Promise<void>;
  /** An access token alone, valid until it expires or its account's token version changes. */
  issue(account: StoredAccount, seconds: number): AccessToken;
}

export function createSessions(options: SessionOptions): Sessions {
  const { tokens, accounts, config, clock } = options;
  const refreshTokens = createRefreshTokens({
    store: options.refreshTokens,
    keys: options.refreshKeys,
    clock,
    idleMs: config.refreshIdleSeconds * 1000,
    absoluteMs: config.refreshAbsoluteSeconds * 1000,
  });

  function issue(account: StoredAccount, seconds: number, session?: string): AccessToken {
    const { id: accountId, username, role, tokenVersion } = account;
    const subject = { accountId, username, role, tokenVersion, ...(session !== undefined && { session }) };
    const { token } = tokens.issue(subject, seconds);
    return { token_type: 'bearer', access_token: token, expires_in: seconds };
  }

  function pair(account: StoredAccount, { token, family }: RefreshToken): TokenPair {
    return { ...issue(account, config.userTokenSeconds, family), refresh_token: token };
  }

  return {
    issue: (account, seconds) => issue(account, seconds),
    open: async (account) => pair(account, await refreshTokens.issue(account.id)),
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
