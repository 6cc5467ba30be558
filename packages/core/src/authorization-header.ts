/** `Authorization` and `WWW-Authenticate` headers (RFC 9110 section 11), parsed and written the same way on both sides. */

/** The schemes of the TNT-Backend and Starball APIs; names are compared case-insensitively. */
export const schemes = {
  admin: 'tnt-admin-auth-scheme',
  user: 'tnt-user-auth-scheme',
  basic: 'Basic',
  bearer: 'Bearer',
} as const;

export interface Credential {
  /** Lower case. */
  scheme: string;
  /** What follows the scheme, untouched. */
  value: string;
}

/** RFC 9110 token, one space or more, then one word without spaces or commas; undefined for anything else. */
const pattern = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+) +([A-Za-z0-9\-._~+/]+=*)$/;

/** Parses one header value. A missing value (`Bearer` alone), two values or a comma-joined list give undefined. */
export function parseAuthorization(header: string): Credential | undefined {
  const match = pattern.exec(header);
  if (!match?.[1] || !match[2]) return undefined;
  return { scheme: match[1].toLowerCase(), value: match[2] };
}

export function formatAuthorization(scheme: string, value: string): string {
  return `${scheme} ${value}`;
}

/** `Bearer realm="user", error="invalid_token"`; parameters are quoted as RFC 9110 has it. */
export function formatChallenge(scheme: string, parameters: Readonly<Record<string, string>>): string {
  const list = Object.entries(parameters).map(([name, value]) => `${name}="${value.replace(/["\\]/g, '\\$&')}"`);
  return `${scheme} ${list.join(', ')}`;
}

/** `base64(username:password)` over UTF-8 (RFC 7617): a user name can hold no colon, a password may. */
export function formatUserPass(username: string, password: string): string {
  if (username.includes(':')) throw new TypeError('A user name cannot contain a colon.');
  const bytes = new TextEncoder().encode(`${username}:${password}`);
  return btoa(String.fromCharCode(...bytes));
}

/** The two halves of `base64(username:password)`; undefined for bad base64, bad UTF-8, no colon or an empty half. */
export function parseUserPass(value: string): { username: string; password: string } | undefined {
  const text = decode(value);
  const colon = text?.indexOf(':') ?? -1;
  if (text === undefined || colon < 1 || colon === text.length - 1) return undefined;
  return { username: text.slice(0, colon), password: text.slice(colon + 1) };
}

function decode(base64: string): string | undefined {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64) || base64.length % 4 !== 0) return undefined;
  try {
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
