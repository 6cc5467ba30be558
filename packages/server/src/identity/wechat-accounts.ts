/**
 * Accounts of WeChat users: identified by the app and its openid, joined across apps by the unionid, created at the first
 * sign-in, and never found by a name.
 */

import { randomBytes } from 'node:crypto';
import type { Clock, Unit } from '@palestra/core';
import type { StoredAccount, WechatIdentity } from '@palestra/core/auth';
import { isDuplicate } from '../database/insert-once.js';
import type { Database } from '../database/types.js';
import type { Accounts, NewAccount } from './account-store.js';

export interface WechatAccounts {
  of(identity: WechatIdentity): Promise<StoredAccount>;
  /** The id of the account that has signed in by this openid; makes none. */
  find(identity: WechatIdentity): Promise<number | undefined>;
  /** Undefined for an account that never signed in by this app. */
  openidOf(accountId: number, appId: string): Promise<string | undefined>;
}

export interface WechatAccountsOptions {
  readonly database: Database;
  readonly accounts: Accounts;
  readonly clock: Clock;
  /** Throws where people may not make accounts. */
  mayCreate(): void;
}

/** Of two first sign-ins at once, one finds the other's rows at its second try; a third try is for the unionid. */
const tries = 3;

export function createWechatAccounts({ database, accounts, clock, mayCreate }: WechatAccountsOptions): WechatAccounts {
  const statements = createStatements(database);

  async function idOf({ appId, openid, unionid }: WechatIdentity, unit: Unit): Promise<number> {
    const known = await statements.account.first({ app_id: appId, openid }, unit);
    const person = unionid === undefined ? undefined : await statements.person.first({ unionid }, unit);
    const account = known ?? person;
    if (!account) mayCreate();
    const id = account?.account_id ?? (await accounts.create(newAccount(), clock.now(), unit));
    if (!known) await statements.addAccount.run({ app_id: appId, openid, account_id: id }, unit);
    if (unionid !== undefined && !person) await statements.addPerson.run({ unionid, account_id: id }, unit);
    return id;
  }

  return {
    async find({ appId: app_id, openid }) {
      return (await statements.account.first({ app_id, openid }))?.account_id;
    },
    async openidOf(account_id, app_id) {
      return (await statements.openid.first({ app_id, account_id }))?.openid;
    },
    async of(identity) {
      for (let left = tries; ; left -= 1) {
        try {
          const id = await database.unitOfWork((unit) => idOf(identity, unit));
          const account = await accounts.find(id);
          if (!account) throw new Error(`Account ${id} vanished while its owner signed in.`);
          return account;
        } catch (error) {
          if (left === 1 || !isDuplicate(error)) throw error;
        }
      }
    },
  };
}

function newAccount(): NewAccount {
  const username = `wechat-${randomBytes(8).toString('hex')}`;
  const nothing = { email: null, firstName: null, lastName: null, address: null, passwordHash: null };
  return { username, role: 'player', ...nothing };
}

function createStatements(database: Database) {
  return {
    account: database.statement<{ account_id: number }>((knex, parameter) =>
      knex('wechat_account')
        .select('account_id')
        .where(parameter.each(['app_id', 'openid'])),
    ),
    openid: database.statement<{ openid: string }>((knex, parameter) =>
      knex('wechat_account')
        .select('openid')
        .where(parameter.each(['app_id', 'account_id'])),
    ),
    person: database.statement<{ account_id: number }>((knex, parameter) =>
      knex('wechat_person')
        .select('account_id')
        .where(parameter.each(['unionid'])),
    ),
    addAccount: database.statement((knex, parameter) =>
      knex('wechat_account').insert(parameter.each(['app_id', 'openid', 'account_id'])),
    ),
    addPerson: database.statement((knex, parameter) =>
      knex('wechat_person').insert(parameter.each(['unionid', 'account_id'])),
    ),
  };
}
