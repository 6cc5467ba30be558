/** Registration, the same for both families: one name, one account, however many try at once. */
import {
  type Clock,
  catalogue,
  duplicateResourceCreation,
  invalidRequest,
  PalestraError,
  type Unit,
} from '@palestra/core';
import {
  type AccountName,
  assertAcceptable,
  nameProblem,
  type Passwords,
  parseAccountName,
  type StoredAccount,
} from '@palestra/core/auth';
import { createKeyedMutex } from '../async/keyed-mutex.js';
import type { Database } from '../database/types.js';
import type { MailService } from '../mail/types.js';
import type { Accounts, NewAccount } from './account-store.js';
import type { IdentityConfig } from './config.js';

export interface RegistrationOptions {
  readonly database: Database;
  readonly accounts: Accounts;
  readonly passwords: Pick<Passwords, 'hash'>;
  readonly mail: Pick<MailService, 'delivers' | 'request'>;
  readonly clock: Clock;
}

interface RegistrationRequest extends Omit<NewAccount, 'passwordHash'> {
  readonly password: string;
}

/** @throws PalestraError 403 where only administrators make accounts */
export function assertOpen({ registration }: Pick<IdentityConfig, 'registration'>): void {
  if (registration === 'closed') throw new PalestraError(catalogue.permissionDenied, 'Registration is closed.');
}

/**
 * `alongside` runs in the same transaction, after the account is made.
 * @throws PalestraError 400 for a name or password that is not accepted, 409 for a name or email that is taken
 */
export type RegisterAccount = (
  request: RegistrationRequest,
  alongside?: (unit: Unit, accountId: number) => Promise<void>,
) => Promise<StoredAccount>;

export function createRegisterAccount(options: RegistrationOptions): RegisterAccount {
  const { database, accounts, passwords, mail, clock } = options;
  const exclusively = createKeyedMutex();

  async function assertFree(name: AccountName, pointer: string): Promise<void> {
    if (await accounts.isNameTaken(name.key)) throw duplicateResourceCreation(name.display, 'User', pointer);
  }

  return async ({ password, ...request }, alongside) => {
    const username = acceptedName(request.username, 'username');
    const email = request.email === null ? undefined : acceptedName(request.email, 'email');
    // Who runs the server may name its accounts as they like.
    if (request.role === 'player')
      for (const [field, name] of Object.entries({ username, email })) refuseLookAlike(name, field);
    assertAcceptable(password, '/password');
    // One after another, so that of fifty requests for one name only the first makes the server hash a password.
    return exclusively(username.key, async () => {
      await assertFree(username, '/username');
      if (email) await assertFree(email, '/email');
      const passwordHash = await passwords.hash(password);
      const account = { ...request, username: username.display, email: email?.display ?? null, passwordHash };
      const id = await database.unitOfWork(async (unit) => {
        const accountId = await accounts.create(account, clock.now(), unit);
        if (email && mail.delivers) await mail.request(unit, { kind: 'verification', accountId });
        await alongside?.(unit, accountId);
        return accountId;
      });
      return { ...account, id, disabled: false, tokenVersion: 0 };
    });
  };
}

function acceptedName(text: string, field: 'username' | 'email'): AccountName {
  const name = parseAccountName(text);
  if (!name) throw invalidRequest(`${field} must have visible characters only, and no colon`, `/${field}`);
  return name;
}

function refuseLookAlike(name: AccountName | undefined, field: string): void {
  const problem = name && nameProblem(name);
  if (problem !== undefined) throw invalidRequest(`${field} ${problem}`, `/${field}`);
}
