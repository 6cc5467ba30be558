/** Accounts for tests, made by the services that a registration uses, without its request. */
import { randomBytes } from 'node:crypto';
import type { Clock } from '@palestra/core';
import type { StoredAccount } from '@palestra/core/auth';
import type { Palestra } from '../host/options.js';
import { identityService } from '../identity/service.js';
import type { TestHost } from './types.js';

/** Of every test host. */
export const dba = { username: 'dba', password: 'test-only-password-of-the-dba' };

/**
 * All accounts have the DBA's password and, where this host has made the DBA, its hash: a hash takes ten times as long
 * as all the rest.
 */
export function accountMaker(palestra: Palestra, clock: Clock, madeDba: () => boolean): TestHost['account'] {
  let passwordHash: string | null | undefined;
  return async (role = 'player') => {
    const { accounts, sessions, registration } = palestra.service(identityService);
    if (madeDba()) passwordHash ??= (await accounts.findByNameKey(dba.username))?.passwordHash;
    const names = { username: `${role}-${randomBytes(6).toString('hex')}`, firstName: null, lastName: null };
    const person = { ...names, email: null, address: null, role };
    const create = async (hash: string): Promise<StoredAccount> => {
      const row = { ...person, passwordHash: hash };
      const id = await palestra.database().unitOfWork((unit) => accounts.create(row, clock.now(), unit));
      return { ...row, id, disabled: false, tokenVersion: 0 };
    };
    const { password } = dba;
    const made = await (passwordHash ? create(passwordHash) : registration.register({ ...person, password }));
    passwordHash ??= made.passwordHash;
    const { access_token: token } = await sessions.open(made, { ip: '127.0.0.1', header: () => undefined });
    return { id: made.id, username: made.username, password, token };
  };
}
