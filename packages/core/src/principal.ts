/** Who calls: the outcome of authentication, and all that authorization may look at. */
import type { MachineScope, Role } from './privilege.js';

export interface AccountPrincipal {
  readonly kind: 'account';
  readonly accountId: number;
  readonly username: string;
  readonly privilege: Role;
  /** `jti` of the access token; undefined if an embedding app vouched for the caller. */
  readonly tokenId?: string;
  /** The session that the token belongs to. */
  readonly sessionId?: string;
  /** When the caller proved to the embedding app who they are, in milliseconds since the epoch; undefined if it does not say. */
  readonly authenticatedAt?: number;
}

interface MachinePrincipal {
  readonly kind: 'machine';
  readonly privilege: MachineScope;
  readonly tokenId: string;
  /** What the token was made for: a STAMS by its uid, or the provisioner's name. */
  readonly subject: string;
}

interface Guest {
  readonly kind: 'guest';
  readonly privilege: 'guest';
}

export type Principal = AccountPrincipal | MachinePrincipal | Guest;

export const guest: Guest = { kind: 'guest', privilege: 'guest' };

/** The account behind a principal, if there is one: what ownership compares. */
export function accountIdOf(principal: Principal): number | undefined {
  return principal.kind === 'account' ? principal.accountId : undefined;
}
