/**
 * Accounts of an embedding app: whoever it vouches for gets an account here at the first sight, without a password,
 * so that rows can belong to it. Found by the app's own id alone, never by a name.
 */
import { createHash } from 'node:crypto';
import { type Clock, isRole, type Principal, permissionDenied, type Role } from '@palestra/core';
import { parseName } from '@palestra/core/auth';
import { TtlCache } from '../async/ttl-cache.js';
import { databaseFault } from '../database/errors.js';
import type { Database } from '../database/types.js';
import type { NewAccount } from './account-rows.js';
import type { Accounts } from './store.js';

/** Who calls, as the embedding app knows it. */
export interface HostCaller {
  /** The app's own id of the account: never given to another, at most 190 characters. */
  readonly subject: string;
  /** What others see; one that is taken here gets a suffix. */
  readonly username: string;
  /** The app decides it, at every call. */
  readonly role: Role;
}

export interface HostAccounts {
  /** @throws PalestraError `permissionDenied` for an account that was disabled here */
  principalOf(caller: HostCaller): Principal | Promise<Principal>;
  /** To be called after every commit that disables accounts. */
  forget(): void;
}

export interface HostAccountsOptions {
  readonly database: Database;
  readonly accounts: Accounts;
  readonly clock: Clock;
}

interface Seen {
  readonly principal: Principal;
  readonly disabled: boolean;
}

const maxAgeMs = 1_000;
const maxEntries = 10_000;
const maxSubject = 190;

export function createHostAccounts({ database, accounts, clock }: HostAccountsOptions): HostAccounts {
  const statements = composeStatements(database);
  const seen = new TtlCache<Seen>({ read: (key) => look(JSON.parse(key)), maxAgeMs, maxEntries });

  async function look([subject, username, role]: [string, string, Role]): Promise<Seen> {
    const id = (await find(subject)) ?? (await adopt({ subject, username, role }));
    await statements.follow.run({ id, role });
    const account = await accounts.find(id);
    if (!account) throw new Error(`Account ${id} of the host's ${subject} is gone.`);
    const principal: Principal = { kind: 'account', accountId: id, username: account.username, privilege: role };
    return { principal, disabled: account.disabled };
  }

  async function find(subject: string): Promise<number | undefined> {
    return (await statements.find.first({ subject }))?.account_id;
  }

  /** Two first sights at once make one account: the second finds the subject taken. */
  async function adopt(caller: HostCaller): Promise<number> {
    try {
      return await database.unitOfWork(async (unit) => {
        await statements.reserve.run({ subject: caller.subject, account_id: null }, unit);
        const id = await accounts.create(await freshAccount(caller), clock.now(), unit);
        await statements.link.run({ subject: caller.subject, account_id: id }, unit);
        return id;
      });
    } catch (error) {
      const other = databaseFault(error)?.kind === 'duplicate' ? await find(caller.subject) : undefined;
      if (other === undefined) throw error;
      return other;
    }
  }

  async function freshAccount({ subject, username, role }: HostCaller): Promise<NewAccount> {
    const name = parseName(username) ?? parseName(`account ${suffixOf(subject)}`);
    if (!name) throw new TypeError('A made-up name is a name.');
    const taken = await accounts.isNameTaken(name.key);
    return {
      username: taken ? `${name.display.slice(0, 200)} ${suffixOf(subject)}` : name.display,
      email: null,
      firstName: null,
      lastName: null,
      address: null,
      role,
      passwordHash: null,
    };
  }

  return {
    principalOf(caller) {
      assertCaller(caller);
      const key = JSON.stringify([caller.subject, caller.username, caller.role]);
      const known = seen.fresh(key, clock.now());
      return known ? admit(known.value) : seen.load(key, clock.now()).then(admit);
    },
    forget: () => seen.clear(),
  };
}

function admit({ principal, disabled }: Seen): Principal {
  if (disabled) throw permissionDenied();
  return principal;
}

/** The app is trusted, and can be mistaken: an undefined id must not make one account of many people. */
function assertCaller({ subject, username, role }: HostCaller): void {
  const fits = typeof subject === 'string' && subject.length > 0 && subject.length <= maxSubject;
  if (!fits) throw new TypeError(`identify() gave no subject of 1 to ${maxSubject} characters.`);
  if (typeof username !== 'string') throw new TypeError('identify() gave no username.');
  if (!isRole(role) || role === 'guest') throw new TypeError(`identify() gave the unknown role ${String(role)}.`);
}

function suffixOf(subject: string): string {
  return createHash('sha256').update(subject).digest('hex').slice(0, 8);
}

function composeStatements(database: Database) {
  return {
    find: database.statement<{ account_id: number }>((knex, parameter) =>
      knex('host_account').select('account_id').where('subject', parameter('subject')).whereNotNull('account_id'),
    ),
    reserve: database.statement((knex, parameter) =>
      knex('host_account').insert({ subject: parameter('subject'), account_id: parameter('account_id') }),
    ),
    link: database.statement((knex, parameter) =>
      knex('host_account')
        .where('subject', parameter('subject'))
        .update({ account_id: parameter('account_id') }),
    ),
    /** What administrators see of the role follows what the app says. */
    follow: database.statement((knex, parameter) =>
      knex('account')
        .where('id', parameter('id'))
        .whereNot('role', parameter('role'))
        .update({ role: parameter('role') }),
    ),
  };
}
