/** One credential scheme each, from its header value to a verified caller; a header is read by its own scheme only. */
import { authorizationAmbiguous, credentialsMissing } from './failures.js';

/** `Call` is what a scheme needs to know of the request besides its credential. */
export interface Scheme<Caller, Call = void> {
  readonly name: string;
  readonly realm: string;
  /** Its `WWW-Authenticate`. */
  readonly challenge: string;
  /** @throws PalestraError if the value, which may be empty or malformed, proves no caller */
  verify(value: string, call: Call): Caller | Promise<Caller>;
}

/** What an `Authorization` header says, or all of them where a request has several. */
export type Authorization = string | readonly string[] | undefined;

export interface NamedCredential {
  /** Lower case. */
  readonly scheme: string;
  /** What follows the one space, untouched. */
  readonly value: string;
}

/**
 * Undefined without a header.
 * @throws PalestraError `authorizationAmbiguous` for two headers or a comma-joined list
 */
export function readAuthorization(authorization: Authorization): NamedCredential | undefined {
  if (authorization === undefined) return undefined;
  const values = typeof authorization === 'string' ? [authorization] : authorization;
  const [header] = values;
  if (header === undefined) return undefined;
  if (values.length > 1 || header.includes(',')) throw authorizationAmbiguous();
  const space = header.indexOf(' ');
  const name = space < 0 ? header : header.slice(0, space);
  return { scheme: name.toLowerCase(), value: space < 0 ? '' : header.slice(space + 1) };
}

/**
 * Verifies by the scheme that the header names; there is no fall-through to another.
 * @throws PalestraError `credentialsMissing` (401, a challenge for each scheme) for none or another scheme
 */
export async function verifyBy<Caller, Call>(
  schemes: readonly Scheme<Caller, Call>[],
  authorization: Authorization,
  call: Call,
): Promise<Caller> {
  const credential = readAuthorization(authorization);
  const scheme = schemes.find(({ name }) => name.toLowerCase() === credential?.scheme);
  if (!credential || !scheme) throw credentialsMissing(schemes.map(({ challenge }) => challenge));
  return scheme.verify(credential.value, call);
}
