/** Errors that the client finds itself. */
import { ClientError, type ErrorOrigin } from './client-error.js';

/** The origin of an error before there is a request. */
export function beforeRequest(operationId: string): ErrorOrigin {
  return { operationId, requestId: '', attempts: 0 };
}

/** A value that the operation cannot be called with; nothing has been sent. */
export function parameterInvalid(origin: ErrorOrigin, name: string, detail: string): ClientError {
  return new ClientError(`${name} ${detail}`, {
    ...origin,
    kind: 'invalid',
    code: 'parameter_invalid',
    errors: [{ pointer: `/${name}`, detail }],
  });
}

export function aborted(origin: ErrorOrigin): ClientError {
  return new ClientError('The call was aborted', { ...origin, kind: 'aborted', code: 'aborted' });
}
