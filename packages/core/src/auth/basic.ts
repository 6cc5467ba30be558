/** HTTP Basic (RFC 7617) as the club API's login has it: its two documented failures are told apart. */
import { formatChallenge, parseUserPass, schemes } from '../authorization.js';
import { catalogue, PalestraError } from '../errors.js';
import { logIn, type PasswordLoginOptions } from './password-login.js';
import type { Scheme } from './scheme.js';
import type { StoredAccount } from './stores.js';

const realm = 'user';
const challenge: string = formatChallenge(schemes.basic, { realm, charset: 'UTF-8' });

export interface BasicSchemeOptions extends PasswordLoginOptions {
  /** Answers an unknown user as a wrong password. */
  readonly hideUserExistence: boolean;
  /** The user name the credential must be for, as the path has it. */
  readonly expectedUsername: string;
}

export function createBasicScheme(options: BasicSchemeOptions): Scheme<StoredAccount> {
  return {
    name: schemes.basic,
    realm,
    challenge,
    async verify(value) {
      const credentials = parseUserPass(value);
      if (credentials?.username !== options.expectedUsername) throw wrongPassword();
      const outcome = await logIn(credentials.username, credentials.password, options);
      if (outcome.kind === 'unknown' && !options.hideUserExistence) throw userNotFound();
      if (outcome.kind !== 'accepted') throw wrongPassword();
      return outcome.account;
    },
  };
}

function userNotFound(): PalestraError {
  return new PalestraError(catalogue.resourceNotFound, 'User not found');
}

function wrongPassword(): PalestraError {
  return new PalestraError(catalogue.credentialsInvalid, 'Wrong password', {
    headers: { 'www-authenticate': challenge },
  });
}
