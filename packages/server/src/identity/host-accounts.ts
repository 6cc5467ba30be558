/**
 * Accounts of an embedding app: a caller that it identifies gets an account here on the first request, without a
 * password, so that rows can belong to it. It is found by the app's own id alone, never by a name.
 */
import { createHash } from 'node:crypto';
import { type AccountPrincipal, type Clock, isRole, type Principal, permissionDenied, type Role } from '@palestra/core';
import { parseAccountName } from '@palestra/core/auth';
import { TtlCache } from '../async/ttl-cache.js';
import { isDuplicate } from '../database/insert-once.js';
import type { Database } from '../database/types.js';
import type { Accounts, NewAccount } from './account-store.js';
import type { HostAccounts, HostCaller, Revocations } from './types.js';

export interface HostAccountsOptions {
  readonly database: Database;
  readonly accounts: Accounts;
  readonly revocations: Revocations;
  readonly clock: Clock;
}

interface Seen {
  readonly principal: AccountPrincipal;
  readonly disabled: boolean;
}

const maxAgeMs = 1_000;
const maxEntries = 10_000;
const maxSubject = 190;

export function createHostAccounts(options: HostAccountsOptions): HostAccounts {
  const { database, accounts, revocations, clock } = options;
  const statements = createStatements(database);
  const seen = new TtlCache<Seen>({ read: (key) => look(JSON.parse(key)), maxAgeMs, maxEntries });
  revocations.onRevoked(() => seen.clear());

  async function look([subject, username, role]: [string, string, Role]): Promise<Seen> {
    const id = (await find(subject)) ?? (await adopt({ subject, username, role }));
    await accounts.followRole(id, role);
    const account = await accounts.find(id);
    if (!account) throw new Error(`Account ${id} of the host's ${subject} is gone.`);
    const principal: AccountPrincipal = { kind: 'account', accountId: id, username: account.username, privilege: role };
    return { principal, disabled: account.disabled };
  }

  async function find(subject: string): Promise<number | undefined> {
    return (await statements.find.first({ subject }))?.account_id;
  }

  /** Two first requests at once create one account: the second finds the subject taken. */
  async function adopt(caller: HostCaller): Promise<number> {
    try {
      return await database.unitOfWork(async (unit) => {
        await statements.reserve.run({ subject: caller.subject, account_id: null }, unit);
        const id = await accounts.create(await freshAccount(caller), clock.now(), unit);
        await statements.link.run({ subject: caller.subject, account_id: id }, unit);
        return id;
      });
    } catch (error) {
      const other = isDuplicate(error) ? await find(caller.subject) : undefined;
      if (other === undefined) throw error;
      return other;
    }
  }

  async function freshAccount({ subject, username, role }: HostCaller): Promise<NewAccount> {
    const name = parseAccountName(username) ?? parseAccountName(`account ${suffixOf(subject)}`);
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
      const admitted = (value: Seen) => admit(value, caller);
      return known ? admitted(known.value) : seen.load(key, clock.now()).then(admitted);
    },
  };
}

function admit({ principal, disabled }: Seen, { authenticatedAt }: HostCaller): Principal {
  if (disabled) throw permissionDenied();
  return authenticatedAt === undefined ? principal : { ...principal, authenticatedAt };
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

function createStatements(database: Database) {
  return {
    find: database.statement<{ account_id: number }>((knex, parameter) =>
      knex('host_account').select('account_id').where('subject', parameter('subject')).whereNotNull('account_id'),
    ),
    reserve: database.statement((knex, parameter) =>
      knex('host_account').insert(parameter.each(['subject', 'account_id'])),
    ),
    link: database.statement((knex, parameter) =>
      knex('host_account')
        .where('subject', parameter('subject'))
        .update({ account_id: parameter('account_id') }),
    ),
  };
}
