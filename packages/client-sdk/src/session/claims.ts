/** What an access token says. Only the server can verify it; the client reads it to know what to ask for. */
import { fromBase64 } from '../runtime/bytes.js';

/** The claims that the client reads. */
interface Claims {
  readonly sub?: unknown;
  /** Seconds since the epoch. */
  readonly exp?: unknown;
  readonly iat?: unknown;
}

/** Empty for a token that is not a JWT. */
export function claimsOf(token: string): Claims {
  try {
    // The claims that are read are ASCII.
    return JSON.parse(String.fromCharCode(...fromBase64(token.split('.')[1] ?? '')));
  } catch {
    return {};
  }
}
