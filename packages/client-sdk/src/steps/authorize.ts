/** Sends the access token, and refreshes it once when the server refuses it. */
import { formatAuthorization, schemes } from '@palestra/core';
import { untilAborted } from '../call/abort.js';
import { type Answer, type Call, originOf } from '../call/call.js';
import type { Middleware } from '../call/middleware.js';
import { isTokenRefused } from '../errors/answer-errors.js';
import { aborted } from '../errors/local-errors.js';
import type { Session } from '../session/session.js';

/** For operations that are not public. A call whose token was refused is sent once more, with a refreshed one. */
export function authorizing(session: Session): Middleware {
  return async (call, next) => {
    if (call.operation.public || 'authorization' in call.headers) return next();
    const wait = <Result>(promise: Promise<Result>) =>
      untilAborted(promise, call.signal, () => aborted(originOf(call)));
    const token = await wait(session.accessToken());
    if (token === undefined) return next();
    try {
      return await withToken(call, token, next);
    } catch (error) {
      if (!isTokenRefused(error)) throw error;
      const renewed = await wait(session.renew(token));
      if (renewed === undefined || renewed.accessToken === token) throw error;
      return withToken(call, renewed.accessToken, next);
    }
  };
}

/** The header is removed afterwards, so that middleware may call `next()` again. */
async function withToken(call: Call, token: string, next: () => Promise<Answer>): Promise<Answer> {
  call.headers.authorization = formatAuthorization(schemes.bearer, token);
  try {
    return await next();
  } finally {
    delete call.headers.authorization;
  }
}
