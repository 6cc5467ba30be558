/** Changes what an account signs in with: its email and its password, both or neither. */
import {
  type Clock,
  catalogue,
  invalidRequest,
  invalidResourceParameter,
  PalestraError,
  requiredForRequest,
} from '@palestra/core';
import { assertAcceptable, type Name, type Passwords, parseName } from '@palestra/core/auth';
import type { Database } from '../database/types.js';
import type { Accounts } from './store.js';
import type { Unsealer } from './types.js';

export interface CredentialOptions {
  readonly database: Database;
  readonly accounts: Accounts;
  readonly passwords: Passwords;
  readonly unsealer: Unsealer;
  readonly clock: Clock;
  /** Called after a commit that ended tokens. */
  readonly changed: () => void;
}

export interface CredentialChange {
  /** Null takes the email away; undefined leaves it. */
  readonly email: string | null | undefined;
  /** A sealed `PasswordChange`. */
  readonly password: string | undefined;
}

export interface Credentials {
  /** @throws PalestraError 400 for a value that is not accepted, 401 for a wrong old password, 409 for an email taken */
  change(id: number, change: CredentialChange): Promise<void>;
}

const profilePath = '/api/profile';

interface Hashes {
  readonly from: string;
  readonly to: string;
}

export function createCredentials(options: CredentialOptions): Credentials {
  const { database, accounts, passwords, unsealer, clock, changed } = options;

  /** Hashing is done before the transaction begins, which waits for nothing but the database. */
  async function rehash(id: number, sealed: string): Promise<Hashes> {
    const { oldPassword, newPassword } = passwordChangeOf(await unsealer.open(sealed, profilePath));
    const account = await accounts.find(id);
    const from = account?.passwordHash ?? null;
    const { valid } = await passwords.verify(oldPassword, from);
    if (!valid || from === null) throw new PalestraError(catalogue.credentialsInvalid, 'The old password is wrong.');
    return { from, to: await passwords.hash(newPassword) };
  }

  return {
    async change(id, { email, password }) {
      const name = email == null ? undefined : acceptedEmail(email);
      const hashes = password === undefined ? undefined : await rehash(id, password);
      await database.unitOfWork(async (unit) => {
        if (email !== undefined) await accounts.changeEmail(id, name?.display ?? null, unit);
        if (!hashes) return;
        if (!(await accounts.changePassword(id, hashes.from, hashes.to, clock.now(), unit))) throw overtaken();
        unit.afterCommit(changed);
      });
    },
  };
}

function acceptedEmail(email: string): Name {
  const name = parseName(email);
  if (!name) throw invalidRequest('email must have visible characters only, and no colon', '/data/email');
  return name;
}

function overtaken(): PalestraError {
  return new PalestraError(catalogue.conflict, 'The password was changed meanwhile.');
}

/** The plaintext of a sealed `PasswordChange`. */
function passwordChangeOf(plaintext: Record<string, unknown>): { oldPassword: string; newPassword: string } {
  const { oldPassword, newPassword, ...unknown } = plaintext;
  for (const field of Object.keys(unknown)) throw invalidResourceParameter(field, 'PasswordChange', `/data/password`);
  const change = { oldPassword: text(oldPassword, 'oldPassword'), newPassword: text(newPassword, 'newPassword') };
  assertAcceptable(change.newPassword, '/data/password/newPassword');
  return change;
}

function text(value: unknown, field: string): string {
  if (value === undefined) throw requiredForRequest(field, `/data/password/${field}`);
  if (typeof value !== 'string') throw invalidRequest(`${field} must be string`, `/data/password/${field}`);
  return value;
}
