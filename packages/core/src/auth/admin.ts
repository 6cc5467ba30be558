/** `tnt-admin-auth-scheme <base64(username:password)>`: for level 0 to 2; anything wrong is answered alike. */
import { formatChallenge, parseUserPass, schemes } from '../authorization-header.js';
import { includes } from '../privilege.js';
import { credentialsInvalid } from './failures.js';
import type { LoginCall, PasswordLogin } from './password-login.js';
import type { Scheme } from './scheme.js';
import type { StoredAccount } from './stores.js';

const realm = 'admin';
const challenge: string = formatChallenge(schemes.admin, { realm });

export function createAdminScheme(logIn: PasswordLogin): Scheme<StoredAccount, LoginCall> {
  return {
    name: schemes.admin,
    realm,
    challenge,
    async verify(value, call) {
      const credentials = parseUserPass(value);
      if (!credentials) throw credentialsInvalid(challenge);
      const outcome = await logIn(credentials.username, credentials.password, call);
      if (outcome.kind !== 'accepted' || !includes(outcome.account.role, 'admin')) throw credentialsInvalid(challenge);
      return outcome.account;
    },
  };
}
