/** Seals the plaintext of a sealed operation, into the body or into `Authorization`. */
import { formatAuthorization, schemes } from '@palestra/core';
import type { Middleware } from '../call/middleware.js';
import type { Seal } from '../credentials/sealer.js';

/** An administrator's sign-in has its own `Authorization` and no body: nothing to seal. */
export function sealing(seal: Seal): Middleware {
  return (call, next) => {
    const { body, operation } = call;
    if (!operation.sealed || Object(body) !== body) return next();
    const send = (value: string) => {
      if (operation.sealed === 'body') call.sealed = { sealed: value };
      else call.headers.authorization = formatAuthorization(schemes.user, value);
      return next();
    };
    return seal(operation, body as object, send, call.signal);
  };
}
