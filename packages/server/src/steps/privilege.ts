/** Deny by default: the operation's privilege is checked before the body is read. */
import { includes, type Privilege, permissionDenied } from '@palestra/core';
import { tokenMissing } from '@palestra/core/auth';
import type { Exchange } from './exchange.js';

export function requirePrivilege(exchange: Exchange): void {
  const { privilege } = exchange.operation;
  if (privilege !== undefined) assertHolds(exchange, privilege);
}

/** For an envelope: the privilege of its `operation`, once that is known. */
export function requireOperationPrivilege(exchange: Exchange): void {
  const { privileges } = exchange.operation;
  const { operation } = exchange.body as { operation: string };
  const privilege = privileges?.[operation];
  if (privilege !== undefined) assertHolds(exchange, privilege);
}

function assertHolds({ principal, services }: Exchange, required: Privilege): void {
  if (includes(principal.privilege, required)) return;
  throw principal.kind === 'guest' ? tokenMissing(services.callers.authenticator.challenges) : permissionDenied();
}
