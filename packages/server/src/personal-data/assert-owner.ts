/** That the caller who deletes an account is the person themselves, and not somebody who found an open session. */
import { type Call, type Clock, catalogue, invalidRequest, PalestraError, requiredForRequest } from '@palestra/core';
import type { FullAccount } from '../identity/account-store.js';
import type { IdentityService } from '../identity/service.js';
import type { components } from './contract.generated.js';

type Proof = components['schemas']['AccountDeletion'];

export interface OwnerParts {
  readonly identity: Pick<IdentityService, 'credentials'>;
  readonly clock: Clock;
}

/** How long a sign-in to the embedding app is fresh. */
const freshMs = 5 * 60_000;

/**
 * By the password; by a fresh code of WeChat for an account that signs in there; or by a fresh sign-in to the app that
 * identifies the caller.
 * @throws PalestraError 400 without a proof that would do, 401 for a wrong one, 403 for a sign-in that is too old, and
 * what WeChat's answers cause
 */
export async function assertOwner(parts: OwnerParts, account: FullAccount, proof: Proof, call: Call): Promise<void> {
  const { identity } = parts;
  const { password, code, appId } = proof;
  if (password !== undefined && code !== undefined) throw invalidRequest('Send password or code, not both', '/code');
  if (password !== undefined) {
    const { valid } = await identity.credentials.checkPassword(account, password, call);
    if (!valid) throw wrong('The password is wrong.');
  } else if (code !== undefined) {
    const owner = await identity.credentials.proveByWechat({ code, ...(appId !== undefined && { appId }) });
    if (owner !== account.id) throw wrong('The code is of another account.');
  } else assertFresh(parts, account, call);
}

function assertFresh({ clock }: OwnerParts, { passwordHash }: FullAccount, { principal }: Call): void {
  const isHosts = principal.kind === 'account' && principal.tokenId === undefined;
  if (!isHosts) throw requiredForRequest(passwordHash === null ? 'code' : 'password', '');
  const age = clock.now() - (principal.authenticatedAt ?? Number.NEGATIVE_INFINITY);
  if (age >= 0 && age < freshMs) return;
  throw new PalestraError(catalogue.permissionDenied, 'Sign in again, and send this within 5 minutes.');
}

function wrong(message: string): PalestraError {
  return new PalestraError(catalogue.credentialsInvalid, message);
}
