/** A new password for somebody who does not give the old one: by a one-time code, or by an operator of the server. */
import type { Clock, Unit } from '@palestra/core';
import { assertAcceptable, type Passwords } from '@palestra/core/auth';
import type { Database } from '../database/types.js';
import type { Accounts, FullAccount } from './account-store.js';
import type { RefreshTokens } from './refresh-token-store.js';

export interface PasswordResetOptions {
  readonly database: Database;
  readonly accounts: Accounts;
  readonly refreshTokens: Pick<RefreshTokens, 'revokeAll'>;
  readonly passwords: Pick<Passwords, 'hash'>;
  readonly clock: Clock;
}

/**
 * Ends every session of the account, which then has the new password. `whose` says in the same transaction which account
 * it is, and may refuse.
 * @throws PalestraError 400 for a password that is not accepted
 */
export type ResetPassword = (password: string, whose: (unit: Unit) => Promise<number>) => Promise<FullAccount>;

export function createPasswordReset(options: PasswordResetOptions): ResetPassword {
  const { database, accounts, refreshTokens, passwords, clock } = options;
  return async (password, whose) => {
    assertAcceptable(password, '/password');
    const hash = await passwords.hash(password);
    return database.unitOfWork(async (unit) => {
      const id = await whose(unit);
      await accounts.setPassword(id, hash, unit);
      await refreshTokens.revokeAll(id, clock.now(), unit);
      const account = await accounts.find(id, unit);
      if (!account) throw new Error(`Account ${id} vanished while it got a new password.`);
      return account;
    });
  };
}
