/**
 * Accounts of WeChat users: known by the app and its openid, joined over several apps by the unionid, made at the first
 * sight, and never found by a name.
 */

import { randomBytes } from 'node:crypto';
import type { Clock } from '@palestra/core';
import type { StoredAccount, WechatIdentity } from '@palestra/core/auth';
import { databaseFault } from '../database/errors.js';
import type { Database, Unit } from '../database/types.js';
import type { NewAccount } from './account-rows.js';
import type { Accounts } from './store.js';

export interface WechatAccounts {
  of(identity: WechatIdentity): Promise<StoredAccount>;
}

export interface WechatAccountsOptions {
  readonly database: Database;
  readonly accounts: Accounts;
  readonly clock: Clock;
}

/** Of two first sights at once, one finds the other's rows at its second try; a third is for the unionid's. */
const tries = 3;

export function createWechatAccounts({ database, accounts, clock }: WechatAccountsOptions): WechatAccounts {
  const statements = composeStatements(database);

  async function idOf({ appId, openid, unionid }: WechatIdentity, unit: Unit): Promise<number> {
    const known = await statements.account.first({ app_id: appId, openid }, unit);
    const person = unionid === undefined ? undefined : await statements.person.first({ unionid }, unit);
    const id = known?.account_id ?? person?.account_id ?? (await accounts.create(newcomer(), clock.now(), unit));
    if (!known) await statements.addAccount.run({ app_id: appId, openid, account_id: id }, unit);
    if (unionid !== undefined && !person) await statements.addPerson.run({ unionid, account_id: id }, unit);
    return id;
  }

  return {
    async of(identity) {
      for (let left = tries; ; left -= 1) {
        try {
          const id = await database.unitOfWork((unit) => idOf(identity, unit));
          const account = await accounts.find(id);
          if (!account) throw new Error(`Account ${id} vanished while its owner signed in.`);
          return account;
        } catch (error) {
          if (left === 1 || databaseFault(error)?.kind !== 'duplicate') throw error;
        }
      }
    },
  };
}

function newcomer(): NewAccount {
  const username = `wechat-${randomBytes(8).toString('hex')}`;
  const nothing = { email: null, firstName: null, lastName: null, address: null, passwordHash: null };
  return { username, role: 'player', ...nothing };
}

function composeStatements(database: Database) {
  return {
    account: database.statement<{ account_id: number }>((knex, parameter) =>
      knex('wechat_account')
        .select('account_id')
        .where({ app_id: parameter('app_id'), openid: parameter('openid') }),
    ),
    person: database.statement<{ account_id: number }>((knex, parameter) =>
      knex('wechat_person')
        .select('account_id')
        .where({ unionid: parameter('unionid') }),
    ),
    addAccount: database.statement((knex, parameter) =>
      knex('wechat_account').insert({
        app_id: parameter('app_id'),
        openid: parameter('openid'),
        account_id: parameter('account_id'),
      }),
    ),
    addPerson: database.statement((knex, parameter) =>
      knex('wechat_person').insert({ unionid: parameter('unionid'), account_id: parameter('account_id') }),
    ),
  };
}
