/** What can go wrong with one-time codes beside the host's catalogue. */
import { type ErrorFact, PalestraError } from '@palestra/core';

export const errors: { readonly codeInvalid: ErrorFact } = {
  codeInvalid: {
    code: 'code_invalid',
    status: 400,
    exceptionType: 'InvalidCodeError',
    title: 'The one-time code is not valid',
  },
};

/** The one answer to every code that is not good for what it is sent for. */
export function codeInvalid(): PalestraError {
  const message =
    'The code is not valid: it is wrong, was used before, or is older than 30 minutes. Ask for another one.';
  return new PalestraError(errors.codeInvalid, message, { errors: [{ pointer: '/code', detail: message }] });
}
