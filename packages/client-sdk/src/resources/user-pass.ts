/** Calls with the two schemes that carry user name and password unsealed. */
import { formatAuthorization } from '@palestra/core';
import type { CallOptions } from '../call/call.js';
import type { Operation } from '../contract/operation.js';
import { building } from '../errors/local-error.js';

/** @throws ClientError `invalid`: a user name cannot contain a colon (RFC 7617), and neither a lone surrogate */
export async function withUserPass(
  operation: Operation,
  scheme: string,
  { username, password }: { readonly username: string; readonly password: string },
  options: CallOptions | undefined,
): Promise<CallOptions> {
  const { userPass } = await import('../credentials/index.js');
  const authorization = formatAuthorization(
    scheme,
    building({ operation }, () => userPass(username, password)),
  );
  return { ...options, headers: { ...options?.headers, authorization } };
}
