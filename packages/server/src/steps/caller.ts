/** A caller as a key: what is counted or kept for one caller is never another's. */
import type { Principal } from '@palestra/core';

/** `account 17`, `machine <subject>`; undefined for a guest. */
export function callerKey(principal: Principal): string | undefined {
  if (principal.kind === 'account') return `account ${principal.accountId}`;
  return principal.kind === 'machine' ? `machine ${principal.subject}` : undefined;
}
