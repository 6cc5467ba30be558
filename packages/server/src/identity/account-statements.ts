/** The SQL of the tables `account` and `account_name`; nothing else in the server writes it. */
import { ladder, type Role, rankOf } from '@palestra/core';
import type { Knex } from 'knex';
import type { Database, Parameter, Statement } from '../database/types.js';
import { livingSession } from './session-statements.js';

/** What decides whether a token of the account is still valid. */
interface StateRow {
  readonly role: Role;
  readonly disabled: number;
  readonly tokenVersion: number;
}

/** An account as it is selected. */
export interface AccountRow extends StateRow {
  readonly id: number;
  readonly username: string;
  readonly email: string | null;
  readonly firstName: string | null;
  readonly lastName: string | null;
  readonly address: string | null;
  readonly emailVerified: number;
  readonly pendingEmail: string | null;
  readonly passwordHash: string | null;
  readonly shareEmail: number;
  readonly shareAddress: number;
}

/** By field; each has a second column, `<column>_folded`, for searching without regard to case. */
const textColumns: Readonly<Record<TextField, string>> = {
  username: 'username',
  email: 'email',
  firstName: 'first_name',
  lastName: 'last_name',
  address: 'address',
};

export type TextField = 'username' | 'email' | 'firstName' | 'lastName' | 'address';

export const textFields: readonly TextField[] = ['username', 'email', 'firstName', 'lastName', 'address'];

const stateColumns: Readonly<Record<keyof StateRow, string>> = {
  role: 'role',
  disabled: 'disabled',
  tokenVersion: 'token_version',
};

/** What clubs see of their people besides the name. */
const shareColumns = { shareEmail: 'share_email', shareAddress: 'share_address' } as const;

/** Emptied where an account has to stay after its person has gone. */
const personalColumns = [
  ...['email', 'email_folded', 'pending_email', 'first_name', 'first_name_folded', 'last_name', 'last_name_folded'],
  ...['address', 'address_folded', 'password_hash', 'legacy_rounds', 'imported_at'],
];

const columns: Readonly<Record<keyof AccountRow, string>> = {
  id: 'id',
  ...shareColumns,
  ...textColumns,
  ...stateColumns,
  emailVerified: 'email_verified',
  pendingEmail: 'pending_email',
  passwordHash: 'password_hash',
};

export interface AccountStatements {
  readonly byId: Statement<AccountRow>;
  /** By `id_0` to `id_<batch - 1>`. */
  readonly byIds: Statement<AccountRow>;
  readonly byNameKey: Statement<AccountRow>;
  readonly insert: Statement;
  readonly addName: Statement;
  readonly changeEmail: Statement;
  readonly setPendingEmail: Statement;
  readonly verifyEmail: Statement;
  readonly dropEmailName: Statement;
  readonly importedAt: Statement<{ importedAt: number | null }>;
  readonly markImported: Statement;
  readonly legacyRounds: Statement<{ rounds: number | null }>;
  readonly replaceHash: Statement;
  readonly changePassword: Statement;
  readonly setPassword: Statement;
  readonly setRole: Statement;
  readonly setGrantedRole: Statement;
  readonly followRole: Statement;
  /** By the role to raise to; ends no token. */
  readonly raiseRole: ReadonlyMap<Role, Statement>;
  /** By the role to lower to; an account keeps what was granted. */
  readonly lowerRole: ReadonlyMap<Role, Statement>;
  readonly lock: Statement<{ id: number }>;
  readonly endAccessTokens: Statement;
  readonly setDisabled: Statement;
  readonly createdAt: Statement<{ createdAt: number }>;
  readonly remove: Statement;
  readonly anonymise: Statement;
  readonly count: Statement<{ accounts: number }>;
  readonly state: Statement<StateRow>;
  readonly stateOfSession: Statement<StateRow & { live: number }>;
}

/** `byIds` takes `batch` ids. */
export function createAccountStatements(database: Database, batch: number): AccountStatements {
  return {
    ...profileStatements(database, batch),
    ...nameStatements(database),
    ...passwordStatements(database),
    ...tokenStatements(database),
  };
}

const one = (knex: Knex, parameter: Parameter) => knex('account').where({ id: parameter('id') });

function profileStatements(database: Database, batch: number) {
  return {
    byId: database.statement<AccountRow>((knex, parameter) => one(knex, parameter).select(columns)),
    byIds: database.statement<AccountRow>((knex, parameter) => {
      const ids = Array.from({ length: batch }, (_, at) => parameter(`id_${at}`));
      return knex('account').select(columns).whereIn('id', ids);
    }),
    insert: database.statement((knex, parameter) => {
      const folded = textFields.map((field) => [`${textColumns[field]}_folded`, parameter(`${field}Folded`)]);
      return knex('account').insert({
        ...parameter.each({
          id: 'id',
          ...textColumns,
          role: 'role',
          passwordHash: 'password_hash',
          shareEmail: 'share_email',
        }),
        granted_role: parameter('role'),
        ...Object.fromEntries(folded),
        created_at: parameter('now'),
        updated_at: parameter('now'),
      });
    }),
    importedAt: database.statement<{ importedAt: number | null }>((knex, parameter) =>
      knex('account_name')
        .join('account', 'account.id', 'account_name.account_id')
        .select({ importedAt: 'imported_at' })
        .where({ name_key: parameter('name_key') }),
    ),
    markImported: database.statement((knex, parameter) =>
      one(knex, parameter).update(
        parameter.each({ importedAt: 'imported_at', legacyRounds: 'legacy_rounds', disabled: 'disabled' }),
      ),
    ),
  };
}

function nameStatements(database: Database) {
  return {
    byNameKey: database.statement<AccountRow>((knex, parameter) =>
      knex('account_name')
        .join('account', 'account.id', 'account_name.account_id')
        .select(columns)
        .where({ name_key: parameter('name_key') }),
    ),
    addName: database.statement((knex, parameter) =>
      knex('account_name').insert(parameter.each(['name_key', 'account_id', 'kind'])),
    ),
    changeEmail: database.statement((knex, parameter) =>
      one(knex, parameter).update({
        ...parameter.each(['email', 'email_folded']),
        email_verified: 0,
        pending_email: null,
      }),
    ),
    setPendingEmail: database.statement((knex, parameter) =>
      one(knex, parameter).update(parameter.each(['pending_email'])),
    ),
    verifyEmail: database.statement((knex, parameter) =>
      one(knex, parameter)
        .where({ email: parameter('email') })
        .update({ email_verified: 1 }),
    ),
    dropEmailName: database.statement((knex, parameter) =>
      knex('account_name')
        .where({ account_id: parameter('account_id'), kind: 'email' })
        .delete(),
    ),
  };
}

/** Every access token says a version; raising it ends them all. */
const endingTokens = (knex: Knex) => ({ token_version: knex.raw('token_version + 1') });

function passwordStatements(database: Database) {
  const unchanged = (knex: Knex, parameter: Parameter) =>
    one(knex, parameter).where({ password_hash: parameter('from') });
  const changed = (parameter: Parameter) => ({ password_hash: parameter('to'), legacy_rounds: null });
  return {
    legacyRounds: database.statement<{ rounds: number | null }>((knex) =>
      knex('account').max({ rounds: 'legacy_rounds' }),
    ),
    replaceHash: database.statement((knex, parameter) => unchanged(knex, parameter).update(changed(parameter))),
    changePassword: database.statement((knex, parameter) =>
      unchanged(knex, parameter).update({ ...changed(parameter), ...endingTokens(knex) }),
    ),
    setPassword: database.statement((knex, parameter) =>
      one(knex, parameter).update({ ...changed(parameter), ...endingTokens(knex) }),
    ),
  };
}

function tokenStatements(database: Database) {
  const raiseTo = (role: Role) =>
    database.statement((knex, parameter) =>
      one(knex, parameter)
        .whereIn(
          'role',
          ladder.filter((other) => rankOf(other) > rankOf(role)),
        )
        .update({ role }),
    );
  const above = (role: Role) => ladder.filter((other) => rankOf(other) < rankOf(role));
  const lowerTo = (role: Role) =>
    database.statement((knex, parameter) =>
      one(knex, parameter)
        .whereIn('role', above(role))
        .whereRaw('role <> granted_role')
        .update({
          role: knex.raw(`case when granted_role in (${above(role).map(() => '?')}) then granted_role else ? end`, [
            ...above(role),
            role,
          ]),
          ...endingTokens(knex),
        }),
    );
  const granted = (parameter: Parameter) => ({ role: parameter('role'), granted_role: parameter('role') });
  return {
    raiseRole: new Map(ladder.map((role) => [role, raiseTo(role)])),
    lowerRole: new Map(ladder.map((role) => [role, lowerTo(role)])),
    lock: database.statement<{ id: number }>((knex, parameter) => one(knex, parameter).select('id').forUpdate()),
    setRole: database.statement((knex, parameter) =>
      one(knex, parameter).update({ ...granted(parameter), ...endingTokens(knex) }),
    ),
    setGrantedRole: database.statement((knex, parameter) =>
      one(knex, parameter).update({ granted_role: parameter('role') }),
    ),
    followRole: database.statement((knex, parameter) =>
      one(knex, parameter)
        .where((other) => other.whereNot({ role: parameter('role') }).orWhereNot({ granted_role: parameter('role') }))
        .update(granted(parameter)),
    ),
    setDisabled: database.statement((knex, parameter) =>
      one(knex, parameter).update({ disabled: parameter('disabled'), ...endingTokens(knex) }),
    ),
    createdAt: database.statement<{ createdAt: number }>((knex, parameter) =>
      one(knex, parameter).select({ createdAt: 'created_at' }),
    ),
    remove: database.statement((knex, parameter) => one(knex, parameter).delete()),
    anonymise: database.statement((knex, parameter) =>
      one(knex, parameter).update({
        username: parameter('username'),
        username_folded: parameter('username'),
        ...Object.fromEntries(personalColumns.map((column) => [column, null])),
        ...{ role: 'player', granted_role: 'player', disabled: 1, email_verified: 0, share_email: 0, share_address: 0 },
        ...endingTokens(knex),
      }),
    ),
    endAccessTokens: database.statement((knex, parameter) => one(knex, parameter).update(endingTokens(knex))),
    count: database.statement<{ accounts: number }>((knex, parameter) =>
      knex('account')
        .count({ accounts: '*' })
        .where({ role: parameter('role'), disabled: 0 }),
    ),
    state: database.statement<StateRow>((knex, parameter) => one(knex, parameter).select(stateColumns)),
    stateOfSession: database.statement<StateRow & { live: number }>((knex, parameter) =>
      one(knex, parameter)
        .select(stateColumns)
        .select({ live: livingSession(knex, parameter('family')) }),
    ),
  };
}
