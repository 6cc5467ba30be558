/** User name and password in base64, unsealed, as two of the schemes want them. */
import { base64url, utf8 } from '../runtime/bytes.js';

/** @throws TypeError for a user name with a colon (RFC 7617), URIError for a lone surrogate */
export function userPass(username: string, password: string): string {
  if (username.includes(':')) throw new TypeError('username cannot contain a colon');
  const text = base64url(utf8(`${username}:${password}`))
    .replace(/-/g, '+')
    .replace(/_/g, '/');
  return text.padEnd(Math.ceil(text.length / 4) * 4, '=');
}
