/** `Authorization` of the two schemes that carry user name and password in base64, unsealed. */
import { formatAuthorization, formatUserPass } from '@palestra/core';
import type { CallOptions } from '../call/call.js';
import { beforeRequest, parameterInvalid } from '../errors/local-errors.js';

interface UserPass {
  readonly username: string;
  readonly password: string;
}

/** @throws ClientError `invalid`: a user name cannot contain a colon (RFC 7617) */
export function withUserPass(
  options: CallOptions | undefined,
  { scheme, operationId }: { readonly scheme: string; readonly operationId: string },
  { username, password }: UserPass,
): CallOptions {
  if (username.includes(':')) {
    throw parameterInvalid(beforeRequest(operationId), 'username', 'cannot contain a colon');
  }
  const authorization = formatAuthorization(scheme, formatUserPass(username, password));
  return { ...options, headers: { ...options?.headers, authorization } };
}
