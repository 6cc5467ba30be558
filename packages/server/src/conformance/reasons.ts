/** Why a request failed: a 500 says nothing to its caller, the log says it under the id of the request. */
import type { Answer } from '../testing/types.js';

interface LoggedFailure {
  readonly requestId?: string;
  readonly err?: LoggedError;
}

interface LoggedError {
  readonly message?: string;
  readonly cause?: LoggedError;
}

/** ` (the reason)`, or nothing for an answer below 500 or without a reason. */
export function reasonIn(log: readonly string[], { status, headers }: Answer): string {
  const requestId = headers.get('x-request-id');
  if (status < 500 || requestId === null) return '';
  const line = log.findLast((each) => each.includes(requestId) && each.includes('"err"'));
  const failure: LoggedFailure | undefined = line && JSON.parse(line);
  const reason = messageOf(failure?.err);
  return reason ? ` (${reason})` : '';
}

function messageOf(error: LoggedError | undefined): string | undefined {
  if (error?.message === undefined) return undefined;
  const cause = messageOf(error.cause);
  return cause === undefined || error.message.includes(cause) ? error.message : `${error.message}: ${cause}`;
}
