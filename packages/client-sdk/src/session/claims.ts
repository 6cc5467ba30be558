/** What an access token says. Only the server can verify it; the client reads it to know what to ask for. */
import { runtime } from '../runtime/runtime.js';

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
    const payload = token.split('.')[1] ?? '';
    return JSON.parse(runtime.atob(payload.replaceAll('-', '+').replaceAll('_', '/')));
  } catch {
    return {};
  }
}
