/** The tables `account` and `account_name`, with every statement that reads or writes them. */
import { randomBytes } from 'node:crypto';
import { duplicateResourceCreation, fold, type Role, type Unit } from '@palestra/core';
import { type AccountStore, parseAccountName, type StoredAccount } from '@palestra/core/auth';
import { databaseFault } from '../database/errors.js';
import { insertOnce } from '../database/insert-once.js';
import type { Database, Scalar, Statement } from '../database/types.js';
import { type AccountRow, type AccountStatements, createAccountStatements, textFields } from './account-statements.js';
import type { Revocations } from './types.js';

export interface NewAccount {
  readonly username: string;
  readonly email: string | null;
  readonly firstName: string | null;
  readonly lastName: string | null;
  readonly address: string | null;
  readonly role: Role;
  readonly passwordHash: string | null;
  /** False if absent. */
  readonly shareEmail?: boolean;
  /** The next free one if absent. */
  readonly id?: number;
}

/** Every column; what leaves identity is picked from it. */
export interface FullAccount extends StoredAccount {
  readonly address: string | null;
  readonly shareEmail: boolean;
  readonly shareAddress: boolean;
  readonly emailVerified: boolean;
  /** The address that `email` becomes once it is confirmed. */
  readonly pendingEmail: string | null;
}

/** What decides whether a token of the account is still valid. */
export interface AccountState {
  readonly tokenVersion: number;
  readonly role: Role;
  readonly disabled: boolean;
  /** Whether the token's own session was not ended; true for a token without one. */
  readonly live: boolean;
}

/** What an import sets besides a new account. */
interface ImportMarks {
  readonly importedAt: number;
  /** Of a wrapped SHA-crypt hash; null for another. */
  readonly legacyRounds: number | null;
  readonly disabled: boolean;
}

export interface Accounts extends AccountStore {
  find(id: number, unit?: Unit): Promise<FullAccount | undefined>;
  /** Those that exist, in the order of `ids`. */
  findMany(ids: readonly number[]): Promise<FullAccount[]>;
  findByNameKey(key: string, unit?: Unit): Promise<FullAccount | undefined>;
  isNameTaken(key: string): Promise<boolean>;
  /** @throws PalestraError `duplicateResourceCreation` naming the user name or the email that is taken */
  create(account: NewAccount, now: number, unit: Unit): Promise<number>;
  /** When an import brought the account of this name: null for another account, undefined for an unknown name. */
  importedAt(nameKey: string): Promise<number | null | undefined>;
  markImported(id: number, marks: ImportMarks, unit: Unit): Promise<void>;
  /** Null takes it away. The new one is not verified. @throws PalestraError `duplicateResourceCreation` */
  changeEmail(id: number, email: string | null, unit: Unit): Promise<void>;
  setPendingEmail(id: number, email: string | null, unit: Unit): Promise<void>;
  /** False if the account has another email by now. */
  verifyEmail(id: number, email: string, unit: Unit): Promise<boolean>;
  /** Ends every access token; false, with nothing changed, if the hash is not `from` any more. */
  changePassword(id: number, from: string, to: string, unit: Unit): Promise<boolean>;
  /** The same, whatever the hash was; false if there is no such account. */
  setPassword(id: number, to: string, unit: Unit): Promise<boolean>;
  /** Grants exactly `role`, and ends every access token, since each says the role. */
  setRole(id: number, role: Role, unit: Unit): Promise<void>;
  /** Grants the role that the account has already, as by a position: it outlives that position. */
  keepRole(id: number, role: Role, unit: Unit): Promise<void>;
  /** Keeps the account from other writers until the unit's end; false if there is none. */
  lock(id: number, unit: Unit): Promise<boolean>;
  /**
   * Gives the role to an account of a lower one, without granting it. Its tokens stay valid with the lower role that
   * they say. False if there is nothing to raise.
   */
  raiseRole(id: number, role: Role, unit: Unit | undefined): Promise<boolean>;
  /** Takes a role above `role` back, down to what was granted at most, and ends every access token. */
  lowerRole(id: number, role: Role, unit: Unit): Promise<boolean>;
  /** What administrators see of an account whose role an embedding app decides at each call. */
  followRole(id: number, role: Role): Promise<void>;
  /** Ends every access token of an account that is disabled. */
  setDisabled(id: number, disabled: boolean, unit: Unit): Promise<void>;
  /** When it was made; undefined for an unknown id. */
  createdAt(id: number, unit: Unit): Promise<number | undefined>;
  /**
   * Takes the account away. Where rows refer to it that must stay, it keeps its id and nothing else: no name, no
   * password, no role, disabled.
   */
  remove(id: number, unit: Unit): Promise<void>;
  /** Ends every access token; false if there is no such account. */
  endAccessTokens(id: number, unit: Unit): Promise<boolean>;
  /** Enabled accounts of this role. */
  count(role: Role, unit: Unit): Promise<number>;
  state(id: number, session: string | undefined): Promise<AccountState | undefined>;
}

/** Ids asked for in one statement. */
const batch = 50;

export function createAccounts(database: Database, revocations: Revocations): Accounts {
  const statements = createAccountStatements(database, batch);
  const names = createNames(statements);

  /** Runs a statement that raises the token version; whether it matched. */
  async function ending(statement: Statement, values: Record<string, Scalar>, unit: Unit | undefined) {
    const { affected } = await statement.run(values, unit);
    if (affected > 0) revocations.announce(unit);
    return affected > 0;
  }

  return {
    async find(id, unit) {
      const row = await statements.byId.first({ id }, unit);
      return row && toAccount(row);
    },

    findMany: (ids) => findMany(statements, ids),
    async findByNameKey(key, unit) {
      const row = await statements.byNameKey.first({ name_key: key }, unit);
      return row && toAccount(row);
    },

    isNameTaken: async (key) => (await statements.byNameKey.first({ name_key: key })) !== undefined,

    async create(account, now, unit) {
      // Callers may pass whole records; a statement takes only its own values.
      const { username, email, firstName, lastName, address, role, passwordHash, shareEmail = false } = account;
      const { id: wanted = null } = account;
      const person = { username, email, firstName, lastName, address, shareEmail: shareEmail ? 1 : 0 };
      const values = { ...person, id: wanted, role, passwordHash, ...foldedOf(account), now };
      const { insertedId } = await statements.insert.run(values, unit);
      const id = wanted ?? insertedId;
      await names.add(id, account, unit);
      return id;
    },

    importedAt: async (nameKey) => (await statements.importedAt.first({ name_key: nameKey }))?.importedAt,

    async markImported(id, { importedAt, legacyRounds, disabled }, unit) {
      await statements.markImported.run({ id, importedAt, legacyRounds, disabled: disabled ? 1 : 0 }, unit);
    },

    async changeEmail(id, email, unit) {
      // The write comes first: it keeps others from the row while its names are changed.
      await statements.changeEmail.run({ id, email, email_folded: foldedOrNull(email) }, unit);
      const row = await statements.byId.first({ id }, unit);
      if (row) await names.replaceEmail(id, row.username, email, unit);
    },

    setPendingEmail: async (id, pending_email, unit) =>
      void (await statements.setPendingEmail.run({ id, pending_email }, unit)),
    verifyEmail: async (id, email, unit) => (await statements.verifyEmail.run({ id, email }, unit)).affected === 1,

    legacyRounds: async () => (await statements.legacyRounds.first())?.rounds ?? 0,

    async replacePasswordHash(id, from, to) {
      await statements.replaceHash.run({ id, from, to });
    },

    ...passwordsAndRoles(statements, ending),
    followRole: async (id, role) => void (await statements.followRole.run({ id, role })),
    setDisabled: async (id, disabled, unit) =>
      void (await ending(statements.setDisabled, { id, disabled: disabled ? 1 : 0 }, unit)),
    createdAt: async (id, unit) => (await statements.createdAt.first({ id }, unit))?.createdAt,
    async remove(id, unit) {
      await removeRow(statements, id, unit);
      revocations.announce(unit);
    },
    endAccessTokens: (id, unit) => ending(statements.endAccessTokens, { id }, unit),
    count: async (role, unit) => (await statements.count.first({ role }, unit))?.accounts ?? 0,

    async state(id, session) {
      const row = session
        ? await statements.stateOfSession.first({ id, family: session })
        : await statements.state.first({ id });
      return row && { ...row, disabled: row.disabled !== 0, live: !('live' in row) || row.live !== 0 };
    },
  };
}

type Ending = (statement: Statement, values: Record<string, Scalar>, unit: Unit | undefined) => Promise<boolean>;

/** What ends access tokens when it changes. */
function passwordsAndRoles(
  statements: AccountStatements,
  ending: Ending,
): Pick<Accounts, 'changePassword' | 'setPassword' | 'setRole' | 'keepRole' | 'lock' | 'raiseRole' | 'lowerRole'> {
  return {
    changePassword: (id, from, to, unit) => ending(statements.changePassword, { id, from, to }, unit),
    setPassword: (id, to, unit) => ending(statements.setPassword, { id, to }, unit),
    setRole: async (id, role, unit) => void (await ending(statements.setRole, { id, role }, unit)),
    keepRole: async (id, role, unit) => void (await statements.setGrantedRole.run({ id, role }, unit)),
    lock: async (id, unit) => (await statements.lock.first({ id }, unit)) !== undefined,
    raiseRole: async (id, role, unit) => (await statements.raiseRole.get(role)?.run({ id }, unit))?.affected === 1,
    async lowerRole(id, role, unit) {
      const statement = statements.lowerRole.get(role);
      return statement !== undefined && ending(statement, { id }, unit);
    },
  };
}

/** A row that others refer to stays, without anything about the person. */
async function removeRow({ remove, anonymise }: AccountStatements, id: number, unit: Unit): Promise<void> {
  try {
    await remove.run({ id }, unit);
  } catch (error) {
    if (databaseFault(error)?.kind !== 'reference') throw error;
    await anonymise.run({ id, username: `deleted-${randomBytes(8).toString('hex')}` }, unit);
  }
}

/** In the order of `ids`, by as many statements of one shape as it takes. */
async function findMany({ byIds }: AccountStatements, ids: readonly number[]): Promise<FullAccount[]> {
  const found = new Map<number, FullAccount>();
  for (let from = 0; from < ids.length; from += batch) {
    const some = ids.slice(from, from + batch);
    const padded = Array.from({ length: batch }, (_, at) => [`id_${at}`, some[at] ?? 0] as const);
    for (const row of await byIds.all(Object.fromEntries(padded))) found.set(row.id, toAccount(row));
  }
  return ids.flatMap((id) => found.get(id) ?? []);
}

/** User names and emails: one namespace, so that either signs in and neither can be mistaken for the other. */
function createNames({ addName, dropEmailName }: AccountStatements) {
  const add = (key: string, id: number, kind: 'username' | 'email', unit: Unit) =>
    insertOnce(addName, { name_key: key, account_id: id, kind }, unit);

  /** Without a row of its own where it is the user name as well. */
  async function addEmail(id: number, username: string, email: string | null, pointer: string, unit: Unit) {
    if (email === null || keyOf(email) === keyOf(username)) return;
    if (!(await add(keyOf(email), id, 'email', unit))) throw duplicateResourceCreation(email, 'User', pointer);
  }

  return {
    async add(id: number, { username, email }: NewAccount, unit: Unit) {
      if (!(await add(keyOf(username), id, 'username', unit))) {
        throw duplicateResourceCreation(username, 'User', '/username');
      }
      await addEmail(id, username, email, '/email', unit);
    },
    async replaceEmail(id: number, username: string, email: string | null, unit: Unit) {
      await dropEmailName.run({ account_id: id }, unit);
      await addEmail(id, username, email, '/data/email', unit);
    },
  };
}

/** Names reach this layer parsed; a key is made again from what is shown, so the two cannot differ. */
function keyOf(name: string): string {
  return parseAccountName(name)?.key ?? fold(name);
}

function foldedOf(account: NewAccount) {
  return Object.fromEntries(textFields.map((field) => [`${field}Folded`, foldedOrNull(account[field])]));
}

function foldedOrNull(text: string | null): string | null {
  return text === null ? null : fold(text);
}

function toAccount(row: AccountRow): FullAccount {
  return {
    ...row,
    disabled: row.disabled !== 0,
    emailVerified: row.emailVerified !== 0,
    shareEmail: row.shareEmail !== 0,
    shareAddress: row.shareAddress !== 0,
  };
}
