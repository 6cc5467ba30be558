/**
 * Changes who has which role: users grant no role above their own, and change neither their own role nor one above it, and the
 * last DBA stays.
 */
import {
  type AccountPrincipal,
  type Clock,
  catalogue,
  formatId,
  mayGrant,
  PalestraError,
  type Principal,
  permissionDenied,
  type Role,
  resourceNotFound,
  type Unit,
} from '@palestra/core';
import { parseAccountName } from '@palestra/core/auth';
import type { Database } from '../database/types.js';
import type { Accounts, FullAccount } from './account-store.js';
import type { RefreshTokens } from './refresh-token-store.js';

export interface RoleChange {
  readonly accountId: number;
  readonly username: string;
  readonly from: Role;
  readonly to: Role;
}

/** Who changes a role: a caller, or an operator of the server by a command, who may grant every role. */
export type Grantor = Principal | 'host';

export interface Privileges {
  /**
   * Gives the account exactly `role`, and ends the tokens that say otherwise; `from` and `to` are the same if it had
   * that role already, and then nothing was written.
   * @throws PalestraError 404 for an unknown name, 403 for what the grantor may not do, 409 for the last DBA
   */
  assign(grantor: Grantor, username: string, role: Role, unit: Unit): Promise<RoleChange>;
  /**
   * The account, if the grantor may manage it: somebody else's, up to their own rank.
   * @throws PalestraError 404 for an unknown id, 403
   */
  manageable(grantor: Grantor, accountId: number, unit: Unit): Promise<FullAccount>;
  /**
   * Before an account is disabled or deleted: nobody else changes who is a DBA until the unit's end.
   * @throws PalestraError 409 for the last DBA
   */
  assertNotLastDba(account: FullAccount, unit: Unit): Promise<void>;
  /** @throws PalestraError 404 */
  named(username: string, unit: Unit): Promise<FullAccount>;
  /** Ends every token and every session of an account; false if there is none. */
  endTokens(accountId: number, unit: Unit): Promise<boolean>;
}

export interface PrivilegeOptions {
  readonly database: Database;
  readonly accounts: Accounts;
  readonly refreshTokens: Pick<RefreshTokens, 'revokeAll'>;
  readonly clock: Clock;
}

export function createPrivileges({ database, accounts, refreshTokens, clock }: PrivilegeOptions): Privileges {
  // One change at a time, on a Galera cluster too: every change writes this row. Two DBAs who revoke each other write
  // different accounts, and both would find another DBA there.
  const takeTurn = database.statement((knex) =>
    knex('privilege_turn')
      .insert({ id: 1, changes: 1 })
      .onConflict('id')
      .merge({ changes: knex.raw('privilege_turn.changes + 1') }),
  );

  async function accountNamed(username: string, unit: Unit): Promise<FullAccount> {
    const name = parseAccountName(username);
    const account = name && (await accounts.findByNameKey(name.key, unit));
    // A position that begins or ends at the same time changes the role too.
    const locked = account && (await accounts.lock(account.id, unit)) && (await accounts.find(account.id, unit));
    if (!locked) throw resourceNotFound('User', username);
    return locked;
  }

  return {
    async assign(grantor, username, role, unit) {
      await takeTurn.run({}, unit);
      const account = await accountNamed(username, unit);
      if (grantor !== 'host') await assertMayAssign(grantor, account, role, unit);
      const { id, username: display, role: from } = account;
      const change = { accountId: id, username: display, from, to: role };
      if (from === role) {
        await accounts.keepRole(id, role, unit);
        return change;
      }
      if (from === 'dba' && (await accounts.count('dba', unit)) < 2) throw lastDba();
      await accounts.setRole(id, role, unit);
      return change;
    },

    async manageable(grantor, accountId, unit) {
      const account = await accounts.find(accountId, unit);
      if (!account) throw resourceNotFound('User', formatId(accountId));
      if (grantor !== 'host') await assertMayAssign(grantor, account, account.role, unit);
      return account;
    },

    async assertNotLastDba({ id, role, disabled }, unit) {
      if (role !== 'dba' || disabled) return;
      await takeTurn.run({}, unit);
      const now = await accounts.find(id, unit);
      if (now?.role === 'dba' && !now.disabled && (await accounts.count('dba', unit)) < 2) throw lastDba();
    },

    named: accountNamed,

    async endTokens(accountId, unit) {
      await refreshTokens.revokeAll(accountId, clock.now(), unit);
      return accounts.endAccessTokens(accountId, unit);
    },
  };

  async function assertMayAssign(grantor: Principal, target: FullAccount, role: Role, unit: Unit): Promise<void> {
    if (grantor.kind !== 'account') throw permissionDenied();
    const held = await roleNow(grantor, unit);
    if (target.id === grantor.accountId || !mayGrant(held, role) || !mayGrant(held, target.role)) {
      throw permissionDenied();
    }
  }

  /** As the database says, not the token: the grantor may have lost the role a moment ago. */
  async function roleNow({ accountId, privilege }: AccountPrincipal, unit: Unit): Promise<Role> {
    const account = await accounts.find(accountId, unit);
    if (!account || account.disabled || account.role !== privilege) throw permissionDenied();
    return account.role;
  }
}

function lastDba(): PalestraError {
  return new PalestraError(catalogue.conflict, 'The last dba cannot be removed. Grant dba to another user first.');
}
