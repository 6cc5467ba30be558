/** `tnt-user-auth-scheme <sealed {username,password}>`: for every account; anything wrong is answered alike. */
import { schemes } from '../authorization.js';
import { invalidRequest, invalidResourceParameter, requiredForRequest } from '../errors.js';
import { credentialsInvalid, userChallenge } from './failures.js';
import { logIn, type PasswordLoginOptions } from './password-login.js';
import type { Scheme } from './scheme.js';
import type { Sealing } from './sealing.js';
import type { StoredAccount } from './stores.js';

const realm = 'user';
const path = '/api/auth';

export interface UserSchemeOptions extends PasswordLoginOptions {
  readonly sealing: Pick<Sealing, 'open'>;
}

export function createUserScheme({ sealing, ...login }: UserSchemeOptions): Scheme<StoredAccount> {
  return {
    name: schemes.user,
    realm,
    challenge: userChallenge,
    async verify(value) {
      const { username, password, ...unknown } = await sealing.open(value, path);
      for (const field of Object.keys(unknown)) throw invalidResourceParameter(field, 'Credentials', `/${field}`);
      const outcome = await logIn(text(username, 'username'), text(password, 'password'), login);
      if (outcome.kind !== 'accepted') throw credentialsInvalid(userChallenge);
      return outcome.account;
    },
  };
}

/** @throws PalestraError 400: numbers, arrays and objects must never reach a query or a hash */
function text(value: unknown, field: string): string {
  if (value === undefined) throw requiredForRequest(field, `/${field}`);
  if (typeof value !== 'string') throw invalidRequest(`${field} must be string`, `/${field}`);
  return value;
}
