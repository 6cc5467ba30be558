/** Sends the access token, and refreshes it once when the server refuses it. */
import { formatAuthorization, schemes } from '@palestra/core';
import { within } from '../call/limits.js';
import type { Middleware } from '../call/middleware.js';
import { isTokenRefused } from '../errors/answer-error.js';
import type { Clock } from '../runtime/clock.js';
import type { Session } from '../session/session.js';

/** For a refresh with all it waits for, such as another tab's. */
const limitMs = 60_000;

/** For operations that are not public. A call whose token was refused is sent once more, with a refreshed one. */
export function authorizing(session: Session, clock: Clock): Middleware {
  return async (call, next) => {
    const { operation, headers } = call;
    if (operation.public || 'authorization' in headers) return next();
    const withToken = async (token: string) => {
      headers.authorization = formatAuthorization(schemes.bearer, token);
      try {
        return await next();
      } finally {
        // Middleware may call `next()` again.
        delete headers.authorization;
      }
    };
    const token = await within(call, clock, limitMs, session.accessToken);
    if (token === undefined) return next();
    try {
      return await withToken(token);
    } catch (error) {
      const renewed = isTokenRefused(error) && (await within(call, clock, limitMs, () => session.renew(token)));
      if (!renewed || renewed.accessToken === token) throw error;
      return withToken(renewed.accessToken);
    }
  };
}
