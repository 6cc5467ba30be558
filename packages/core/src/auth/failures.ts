/** The documented answers to a credential that is not valid; older clients compare their texts. */
import { formatChallenge, schemes } from '../authorization-header.js';
import { catalogue, type ErrorFact, PalestraError } from '../errors.js';

export const userChallenge: string = formatChallenge(schemes.user, { realm: 'user' });
export const bearerChallenge: string = formatChallenge(schemes.bearer, { realm: 'user' });
const invalidTokenChallenge = formatChallenge(schemes.bearer, { realm: 'user', error: 'invalid_token' });

/** RFC 6750 section 3.1: without a token no error code is given. One challenge for each scheme that would do. */
export function tokenMissing(challenges: readonly string[] = [bearerChallenge]): PalestraError {
  return new PalestraError(catalogue.tokenMissing, 'A token must be passed.', {
    headers: { 'www-authenticate': [...challenges] },
  });
}

/** Malformed, wrongly signed, revoked: one answer, the reason in `cause`. */
export function tokenInvalid(cause?: unknown): PalestraError {
  return refusal(catalogue.tokenInvalid, 'The token is not valid.', cause);
}

export function tokenExpired(): PalestraError {
  return refusal(catalogue.tokenExpired, 'A token has expired');
}

export function tokenIssuer(): PalestraError {
  return refusal(catalogue.tokenIssuer, 'The token does not have a valid issuer.');
}

export function tokenIssuedAt(): PalestraError {
  return refusal(catalogue.tokenIssuedAt, 'The token does not have a valid "issued at" time.');
}

/** The one answer to every sealed value that does not open, is stale, or was opened before. */
export function sealInvalid(cause?: unknown): PalestraError {
  return new PalestraError(
    catalogue.sealInvalid,
    'The sealed value cannot be opened. Fetch the key from /api/gpk and encrypt with RSA-OAEP, SHA-256 for both hashes.',
    { headers: { 'www-authenticate': userChallenge }, cause },
  );
}

/** The one answer to an unknown user, a wrong password, a disabled account and one the scheme is not for. */
export function credentialsInvalid(challenge: string, cause?: unknown): PalestraError {
  return new PalestraError(catalogue.credentialsInvalid, 'The user name or the password is wrong.', {
    headers: { 'www-authenticate': challenge },
    cause,
  });
}

/** One challenge for each scheme that would do. */
export function credentialsMissing(challenges: readonly string[]): PalestraError {
  return new PalestraError(catalogue.credentialsMissing, 'Credentials must be passed.', {
    headers: { 'www-authenticate': [...challenges] },
  });
}

export function authorizationAmbiguous(): PalestraError {
  return new PalestraError(catalogue.authorizationAmbiguous, 'Exactly one Authorization header must be passed.');
}

function refusal(fact: ErrorFact, message: string, cause?: unknown): PalestraError {
  return new PalestraError(fact, message, { headers: { 'www-authenticate': invalidTokenChallenge }, cause });
}
