/** Sends the access token, and refreshes it once when the server refuses it. */
import { formatAuthorization, schemes } from '@palestra/core';
import type { Answer, Call } from '../call/call.js';
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
    if (call.operation.public || 'authorization' in call.headers) return next();
    const token = session.peek() ?? (await within(call, clock, limitMs, session.accessToken));
    if (token === undefined) return next();
    try {
      return await sendWith(token, call, next);
    } catch (error) {
      const renewed = isTokenRefused(error) && (await within(call, clock, limitMs, () => session.renew(token)));
      if (!renewed || renewed.accessToken === token) throw error;
      return sendWith(renewed.accessToken, call, next);
    }
  };
}

async function sendWith(token: string, { headers }: Call, next: () => Promise<Answer>): Promise<Answer> {
  headers.authorization = formatAuthorization(schemes.bearer, token);
  try {
    return await next();
  } finally {
    // Middleware may call `next()` again.
    delete headers.authorization;
  }
}
