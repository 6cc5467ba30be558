/** HTTP Basic (RFC 7617) as the club API's login has it: its two documented failures are told apart. */
import { formatChallenge, parseUserPass, schemes } from '../authorization-header.js';
import { catalogue, PalestraError } from '../errors.js';
import { fold } from '../fold.js';
import type { LoginCall, PasswordLogin } from './password-login.js';
import type { Scheme } from './scheme.js';
import type { StoredAccount } from './stores.js';

const realm = 'user';
const challenge: string = formatChallenge(schemes.basic, { realm, charset: 'UTF-8' });

export interface BasicSchemeOptions {
  readonly logIn: PasswordLogin;
  /** Answers an unknown user as a wrong password. */
  readonly hideUserExistence: boolean;
}

export interface BasicCall extends LoginCall {
  /** The user name the credential must be for, as the path has it; compared as user names are. */
  readonly expectedUsername: string;
}

export function createBasicScheme({ logIn, hideUserExistence }: BasicSchemeOptions): Scheme<StoredAccount, BasicCall> {
  return {
    name: schemes.basic,
    realm,
    challenge,
    async verify(value, call) {
      const credentials = parseUserPass(value);
      if (!credentials || !isSameName(credentials.username, call.expectedUsername)) throw wrongPassword();
      const outcome = await logIn(credentials.username, credentials.password, call);
      if (outcome.kind === 'unknown' && !hideUserExistence) throw userNotFound();
      if (outcome.kind !== 'accepted') throw wrongPassword();
      return outcome.account;
    },
  };
}

/** Some clients write a path in another normalization form than a header. */
function isSameName(one: string, other: string): boolean {
  return one === other || fold(one) === fold(other);
}

function userNotFound(): PalestraError {
  return new PalestraError(catalogue.resourceNotFound, 'User not found');
}

function wrongPassword(): PalestraError {
  return new PalestraError(catalogue.credentialsInvalid, 'Wrong password', {
    headers: { 'www-authenticate': challenge },
  });
}
