/**
 * Who may have which role is changed here, under the rules of `wire.md` section 2: nobody grants above the own rank,
 * nobody touches a rank above it or the own one, the last DBA stays.
 */
import {
  type AccountPrincipal,
  type Clock,
  catalogue,
  mayGrant,
  PalestraError,
  type Principal,
  permissionDenied,
  type Role,
  resourceNotFound,
} from '@palestra/core';
import { parseName } from '@palestra/core/auth';
import type { Database, Unit } from '../database/types.js';
import type { FullAccount } from './account-rows.js';
import type { Accounts } from './store.js';

export interface RoleChange {
  readonly accountId: number;
  readonly username: string;
  readonly from: Role;
  readonly to: Role;
}

/** Who changes a role: a caller, or whoever runs a command on the server and so stands above the ladder. */
export type Grantor = Principal | 'host';

export interface Privileges {
  /**
   * Gives the account exactly `role`, and ends the tokens that say otherwise; `from` and `to` are the same if it had
   * that role already, and then nothing was written.
   * @throws PalestraError 404 for a name nobody has, 403 for what the grantor may not do, 409 for the last DBA
   */
  assign(grantor: Grantor, username: string, role: Role, unit: Unit): Promise<RoleChange>;
  /** Ends every token and every session of an account; false if there is none. */
  endTokens(accountId: number, unit: Unit): Promise<boolean>;
}

export interface PrivilegeOptions {
  readonly database: Database;
  readonly accounts: Accounts;
  readonly clock: Clock;
  /** Called after a commit that ended tokens. */
  readonly changed: () => void;
}

export function createPrivileges({ database, accounts, clock, changed }: PrivilegeOptions): Privileges {
  const { takeTurn, assign, countDbas, newVersion, endSessions } = composeStatements(database);

  async function accountNamed(username: string, unit: Unit): Promise<FullAccount> {
    const name = parseName(username);
    const account = name && (await accounts.findByNameKey(name.key, unit));
    if (!account) throw resourceNotFound('User', username);
    return account;
  }

  return {
    async assign(grantor, username, role, unit) {
      // One at a time, on a Galera cluster too: every change writes this row. Two DBAs who revoke each other write
      // different accounts, and both would find another DBA there.
      await takeTurn.run({}, unit);
      const account = await accountNamed(username, unit);
      if (grantor !== 'host') await assertMayAssign(grantor, account, role, unit);
      const { id, username: display, role: from } = account;
      const change = { accountId: id, username: display, from, to: role };
      if (from === role) return change;
      if (from === 'dba' && ((await countDbas.first({}, unit))?.dbas ?? 0) < 2) throw lastDba();
      await assign.run({ id, role }, unit);
      unit.afterCommit(changed);
      return change;
    },

    async endTokens(accountId, unit) {
      const { affected } = await newVersion.run({ id: accountId }, unit);
      await endSessions.run({ account_id: accountId, now: clock.now() }, unit);
      unit.afterCommit(changed);
      return affected === 1;
    },
  };

  async function assertMayAssign(grantor: Principal, target: FullAccount, role: Role, unit: Unit): Promise<void> {
    if (grantor.kind !== 'account') throw permissionDenied();
    const held = await roleNow(grantor, unit);
    if (target.id === grantor.accountId || !mayGrant(held, role) || !mayGrant(held, target.role)) {
      throw permissionDenied();
    }
  }

  /** Not the token's word: the grantor may have lost the role a moment ago. */
  async function roleNow({ accountId, privilege }: AccountPrincipal, unit: Unit): Promise<Role> {
    const account = await accounts.find(accountId, unit);
    if (!account || account.disabled || account.role !== privilege) throw permissionDenied();
    return account.role;
  }
}

function lastDba(): PalestraError {
  return new PalestraError(catalogue.conflict, 'The last dba cannot be removed. Grant dba to somebody else first.');
}

function composeStatements(database: Database) {
  return {
    takeTurn: database.statement((knex) =>
      knex('privilege_turn')
        .insert({ id: 1, changes: 1 })
        .onConflict('id')
        .merge({ changes: knex.raw('privilege_turn.changes + 1') }),
    ),
    assign: database.statement((knex, parameter) =>
      knex('account')
        .where({ id: parameter('id') })
        .update({ role: parameter('role'), token_version: knex.raw('token_version + 1') }),
    ),
    newVersion: database.statement((knex, parameter) =>
      knex('account')
        .where({ id: parameter('id') })
        .update({ token_version: knex.raw('token_version + 1') }),
    ),
    endSessions: database.statement((knex, parameter) =>
      knex('refresh_token')
        .where({ account_id: parameter('account_id'), revoked_at: null })
        .update({ revoked_at: parameter('now') }),
    ),
    countDbas: database.statement<{ dbas: number }>((knex) =>
      knex('account').count({ dbas: '*' }).where({ role: 'dba', disabled: 0 }),
    ),
  };
}
