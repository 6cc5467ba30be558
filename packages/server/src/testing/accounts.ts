/** Accounts for tests, made by the services that a registration uses, without its request. */
import { randomBytes } from 'node:crypto';
import type { Palestra } from '../host/options.js';
import { identityService } from '../identity/service.js';
import type { TestHost } from './types.js';

/** Of every test host. */
export const dba = { username: 'dba', password: 'test-only-password-of-the-dba' };

export function accountMaker(palestra: Palestra): TestHost['account'] {
  return async (role = 'player') => {
    const { sessions, registration } = palestra.service(identityService);
    const username = `${role}-${randomBytes(6).toString('hex')}`;
    const password = randomBytes(12).toString('base64url');
    const unknown = { email: null, firstName: null, lastName: null, address: null };
    const account = await registration.register({ ...unknown, username, password, role });
    const { access_token: token } = await sessions.open(account, { ip: '127.0.0.1', header: () => undefined });
    return { id: account.id, username, password, token };
  };
}
