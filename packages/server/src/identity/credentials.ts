/** Changes what an account signs in with: its email and its password, both or neither. */
import {
  type Clock,
  catalogue,
  couldBeSealed,
  invalidRequest,
  invalidResourceParameter,
  PalestraError,
  requiredForRequest,
} from '@palestra/core';
import {
  type AccountName,
  assertAcceptable,
  type LoginCall,
  type PasswordCheck,
  type Passwords,
  parseAccountName,
} from '@palestra/core/auth';
import type { Database } from '../database/types.js';
import type { Accounts } from './account-store.js';
import type { EmailChanges } from './email-changes.js';
import type { RefreshTokens } from './refresh-token-store.js';
import type { Unsealer } from './types.js';

export interface CredentialOptions {
  readonly database: Database;
  readonly accounts: Accounts;
  readonly emails: EmailChanges;
  readonly passwords: Pick<Passwords, 'hash'>;
  readonly checkPassword: PasswordCheck;
  readonly unsealer: Unsealer;
  readonly refreshTokens: Pick<RefreshTokens, 'revokeAll'>;
  readonly clock: Clock;
}

interface CredentialChange {
  /** Whether the caller changes their own account. */
  readonly own: boolean;
  /** Null takes the email away; undefined leaves it. */
  readonly email: string | null | undefined;
  /** A sealed `PasswordChange`. */
  readonly password: string | undefined;
}

export interface Credentials {
  /**
   * A wrong old password counts like one at a sign-in.
   * @throws PalestraError 400 for a value that is not accepted, 401 for a wrong old password, 409 for an email taken,
   * 429 for too many wrong passwords
   */
  change(id: number, change: CredentialChange, call: LoginCall): Promise<void>;
}

const profilePath = '/api/profile';

interface Hashes {
  readonly from: string;
  readonly to: string;
}

export function createCredentials(options: CredentialOptions): Credentials {
  const { database, accounts, emails, passwords, unsealer, refreshTokens, checkPassword, clock } = options;

  /** Hashes before the transaction begins: a unit does nothing but database work. */
  async function rehash(id: number, sealed: string, call: LoginCall): Promise<Hashes> {
    if (!couldBeSealed(sealed)) throw notSealed();
    const { oldPassword, newPassword } = passwordChangeOf(await unsealer.open(sealed, profilePath));
    const account = await accounts.find(id);
    const from = account?.passwordHash ?? null;
    const valid = account !== undefined && (await checkPassword(account, oldPassword, call)).valid;
    if (!valid || from === null) throw new PalestraError(catalogue.credentialsInvalid, 'The old password is wrong.');
    return { from, to: await passwords.hash(newPassword) };
  }

  return {
    async change(id, { own, email, password }, call) {
      const name = email == null ? undefined : acceptedEmail(email);
      const hashes = password === undefined ? undefined : await rehash(id, password, call);
      await database.unitOfWork(async (unit) => {
        if (email !== undefined) await emails.change(id, name?.display ?? null, own, unit);
        if (!hashes) return;
        if (!(await accounts.changePassword(id, hashes.from, hashes.to, unit))) throw overtaken();
        await refreshTokens.revokeAll(id, clock.now(), unit);
      });
    },
  };
}

function acceptedEmail(email: string): AccountName {
  const name = parseAccountName(email);
  if (!name) throw invalidRequest('email must have visible characters only, and no colon', '/data/email');
  return name;
}

function notSealed(): PalestraError {
  const message = 'password must be a PasswordChange sealed for the key of GET /api/gpk.';
  return new PalestraError(catalogue.sealRequired, message, {
    errors: [{ pointer: '/data/password', detail: message }],
  });
}

function overtaken(): PalestraError {
  return new PalestraError(catalogue.conflict, 'The password was changed by another request. Send the request again.');
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
  if (typeof value !== 'string') throw invalidRequest(`${field} must be a string`, `/data/password/${field}`);
  return value;
}
