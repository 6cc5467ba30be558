/** Accounts in the database: found by any of their names, and changed by compare-and-swap. */
import { duplicateResourceCreation, fold, type Role } from '@palestra/core';
import { type AccountStore, parseName } from '@palestra/core/auth';
import { databaseFault } from '../database/errors.js';
import type { Database, Statement, Unit } from '../database/types.js';
import {
  accountColumns,
  type FullAccount,
  folded,
  insertedColumns,
  type NewAccount,
  toAccount,
  toRow,
} from './account-rows.js';

/** What decides whether a token of the account still holds. */
export interface AccountState {
  readonly tokenVersion: number;
  readonly role: Role;
  readonly disabled: boolean;
  /** Whether the token's own session was not ended; true for a token without one. */
  readonly live: boolean;
}

export interface Accounts extends AccountStore {
  find(id: number, unit?: Unit): Promise<FullAccount | undefined>;
  /** Those that exist, in the order of `ids`. */
  findMany(ids: readonly number[]): Promise<FullAccount[]>;
  findByNameKey(key: string, unit?: Unit): Promise<FullAccount | undefined>;
  isNameTaken(key: string): Promise<boolean>;
  /** @throws PalestraError `duplicateResourceCreation` naming the user name or the email that is taken */
  create(account: NewAccount, now: number, unit: Unit): Promise<number>;
  /** Null takes it away. @throws PalestraError `duplicateResourceCreation` */
  changeEmail(id: number, email: string | null, unit: Unit): Promise<void>;
  /** Ends every token of the account; false, with nothing changed, if the hash is not `from` any more. */
  changePassword(id: number, from: string, to: string, now: number, unit: Unit): Promise<boolean>;
  state(id: number, session: string | undefined): Promise<AccountState | undefined>;
}

/** Ids asked for in one statement. */
const batch = 50;

export function createAccounts(database: Database): Accounts {
  const statements = composeStatements(database);

  async function addName(key: string, id: number, kind: 'username' | 'email', unit: Unit): Promise<boolean> {
    try {
      await statements.addName.run({ name_key: key, account_id: id, kind }, unit);
      return true;
    } catch (error) {
      if (databaseFault(error)?.kind === 'duplicate') return false;
      throw error;
    }
  }

  /** Without a row of its own where it is the user name as well. */
  async function addEmailName(id: number, username: string, email: string | null, pointer: string, unit: Unit) {
    if (email === null || keyOf(email) === keyOf(username)) return;
    if (!(await addName(keyOf(email), id, 'email', unit))) throw duplicateResourceCreation(email, 'User', pointer);
  }

  return {
    async find(id, unit) {
      const row = await statements.byId.first({ id }, unit);
      return row && toAccount(row);
    },

    async findMany(ids) {
      const found = new Map<number, FullAccount>();
      for (let from = 0; from < ids.length; from += batch) {
        const some = ids.slice(from, from + batch);
        const padded = Array.from({ length: batch }, (_, at) => [`id_${at}`, some[at] ?? 0] as const);
        for (const row of await statements.byIds.all(Object.fromEntries(padded))) {
          const account = toAccount(row);
          found.set(account.id, account);
        }
      }
      return ids.flatMap((id) => found.get(id) ?? []);
    },

    async findByNameKey(key, unit) {
      const row = await statements.byNameKey.first({ name_key: key }, unit);
      return row && toAccount(row);
    },

    isNameTaken: async (key) => (await statements.byNameKey.first({ name_key: key })) !== undefined,

    async create(account, now, unit) {
      const { insertedId: id } = await statements.insert.run(toRow(account, now), unit);
      const { username, email } = account;
      if (!(await addName(keyOf(username), id, 'username', unit))) {
        throw duplicateResourceCreation(username, 'User', '/username');
      }
      await addEmailName(id, username, email, '/email', unit);
      return id;
    },

    async changeEmail(id, email, unit) {
      // The write comes first: it keeps others from the row while its names are changed.
      await statements.changeEmail.run({ id, email, email_folded: folded(email) }, unit);
      await statements.dropEmailName.run({ account_id: id }, unit);
      const row = await statements.byId.first({ id }, unit);
      if (row) await addEmailName(id, toAccount(row).username, email, '/data/email', unit);
    },

    async legacyRounds() {
      const row = await statements.legacyRounds.first();
      return Number(row?.rounds ?? 0);
    },

    async replacePasswordHash(id, from, to) {
      await statements.replaceHash.run({ id, from, to });
    },

    async changePassword(id, from, to, now, unit) {
      const { affected } = await statements.changePassword.run({ id, from, to }, unit);
      if (affected === 1) await statements.revokeSessions.run({ account_id: id, now }, unit);
      return affected === 1;
    },

    async state(id, session) {
      const row = session
        ? await statements.stateOfSession.first({ id, family: session })
        : await statements.state.first({ id });
      if (!row) return undefined;
      const { tokenVersion, role, disabled } = toAccount(row);
      return { tokenVersion, role, disabled, live: row.live !== 0 };
    },
  };
}

/** Names reach this layer parsed; a key is made anew from what is shown, so the two cannot differ. */
function keyOf(name: string): string {
  return parseName(name)?.key ?? fold(name);
}

const stateColumns = ['account.role', 'account.disabled', 'account.token_version'];

type Name =
  | 'byId'
  | 'byIds'
  | 'byNameKey'
  | 'insert'
  | 'addName'
  | 'changeEmail'
  | 'dropEmailName'
  | 'legacyRounds'
  | 'replaceHash'
  | 'changePassword'
  | 'revokeSessions'
  | 'state'
  | 'stateOfSession';

function composeStatements(database: Database): Record<Name, Statement> {
  return {
    byId: database.statement((knex, parameter) =>
      knex('account')
        .select([...accountColumns])
        .where('account.id', parameter('id')),
    ),
    byIds: database.statement((knex, parameter) =>
      knex('account')
        .select([...accountColumns])
        .whereIn(
          'account.id',
          Array.from({ length: batch }, (_, at) => parameter(`id_${at}`)),
        ),
    ),
    byNameKey: database.statement((knex, parameter) =>
      knex('account_name')
        .join('account', 'account.id', 'account_name.account_id')
        .select([...accountColumns])
        .where('account_name.name_key', parameter('name_key')),
    ),
    insert: database.statement((knex, parameter) =>
      knex('account').insert(Object.fromEntries(insertedColumns.map((column) => [column, parameter(column)]))),
    ),
    addName: database.statement((knex, parameter) =>
      knex('account_name').insert({
        name_key: parameter('name_key'),
        account_id: parameter('account_id'),
        kind: parameter('kind'),
      }),
    ),
    changeEmail: database.statement((knex, parameter) =>
      knex('account')
        .where({ id: parameter('id') })
        .update({ email: parameter('email'), email_folded: parameter('email_folded') }),
    ),
    dropEmailName: database.statement((knex, parameter) =>
      knex('account_name')
        .where({ account_id: parameter('account_id'), kind: 'email' })
        .delete(),
    ),
    legacyRounds: database.statement((knex) => knex('account').max({ rounds: 'legacy_rounds' })),
    replaceHash: database.statement((knex, parameter) =>
      knex('account')
        .where({ id: parameter('id'), password_hash: parameter('from') })
        .update({ password_hash: parameter('to'), legacy_rounds: null }),
    ),
    changePassword: database.statement((knex, parameter) =>
      knex('account')
        .where({ id: parameter('id'), password_hash: parameter('from') })
        .update({
          password_hash: parameter('to'),
          legacy_rounds: null,
          token_version: knex.raw('token_version + 1'),
        }),
    ),
    revokeSessions: database.statement((knex, parameter) =>
      knex('refresh_token')
        .where({ account_id: parameter('account_id'), revoked_at: null })
        .update({ revoked_at: parameter('now') }),
    ),
    state: database.statement((knex, parameter) =>
      knex('account').select(stateColumns).where('account.id', parameter('id')),
    ),
    stateOfSession: database.statement((knex, parameter) =>
      knex('account')
        .select(stateColumns)
        .select({
          live: knex('refresh_token')
            .count('*')
            .where({ family: parameter('family'), used_at: null, revoked_at: null }),
        })
        .where('account.id', parameter('id')),
    ),
  };
}
