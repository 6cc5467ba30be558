/** `tnt-user-auth-scheme <sealed {username,password}>`: for every account; anything wrong is answered alike. */
import { schemes } from '../authorization-header.js';
import { invalidRequest, invalidResourceParameter, requiredForRequest } from '../errors.js';
import { credentialsInvalid, userChallenge } from './failures.js';
import type { LoginCall, PasswordLogin } from './password-login.js';
import type { Scheme } from './scheme.js';
import type { Sealing } from './sealing.js';
import type { StoredAccount } from './stores.js';

const realm = 'user';
const path = '/api/auth';

export interface UserSchemeOptions {
  readonly logIn: PasswordLogin;
  readonly sealing: Pick<Sealing, 'open'>;
}

export function createUserScheme({ logIn, sealing }: UserSchemeOptions): Scheme<StoredAccount, LoginCall> {
  return {
    name: schemes.user,
    realm,
    challenge: userChallenge,
    async verify(value, call) {
      const { username, password, ...unknown } = await sealing.open(value, path);
      for (const field of Object.keys(unknown)) throw invalidResourceParameter(field, 'Credentials', `/${field}`);
      const outcome = await logIn(text(username, 'username'), text(password, 'password'), call);
      if (outcome.kind !== 'accepted') throw credentialsInvalid(userChallenge);
      return outcome.account;
    },
  };
}

/** @throws PalestraError 400: numbers, arrays and objects must never reach a query or a hash */
function text(value: unknown, field: string): string {
  if (value === undefined) throw requiredForRequest(field, `/${field}`);
  if (typeof value !== 'string') throw invalidRequest(`${field} must be a string`, `/${field}`);
  return value;
}
