/**
 * Credential schemes of an embedding app, beside Bearer: each reads the `Authorization` headers that name it, and no
 * header falls through from one to another.
 */
import { formatChallenge, type Principal, schemes } from '@palestra/core';
import { credentialsInvalid, type Scheme } from '@palestra/core/auth';
import type { HostAccounts, HostScheme } from './types.js';

/** An RFC 9110 token. */
const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const own: readonly string[] = Object.values(schemes).map((name) => name.toLowerCase());

/** @throws TypeError for a name that is not a token, that Palestra uses itself, or that is given twice */
export function assertSchemeNames(given: readonly HostScheme[]): void {
  const seen = new Set(own);
  for (const { name } of given) {
    const key = name.toLowerCase();
    if (!token.test(name))
      throw new TypeError(
        `${JSON.stringify(name)} is not a name for a scheme: use the characters of an RFC 9110 token.`,
      );
    if (seen.has(key)) throw new TypeError(`There is already a scheme ${name}.`);
    seen.add(key);
  }
}

/** By lower-case name. */
export function createHostSchemes(
  given: readonly HostScheme[],
  hostAccounts: Pick<HostAccounts, 'principalOf'>,
): ReadonlyMap<string, Scheme<Principal>> {
  return new Map(given.map((scheme) => [scheme.name.toLowerCase(), toScheme(scheme, hostAccounts)]));
}

function toScheme(
  { name, realm = 'user', verify }: HostScheme,
  hostAccounts: Pick<HostAccounts, 'principalOf'>,
): Scheme<Principal> {
  const challenge = formatChallenge(name, { realm });
  return {
    name,
    realm,
    challenge,
    async verify(value) {
      const caller = value === '' ? undefined : await verify(value);
      if (!caller) throw credentialsInvalid(challenge);
      return hostAccounts.principalOf(caller);
    },
  };
}
