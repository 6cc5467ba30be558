/** The privilege ladder: one order, two vocabularies (`role`, and the `level` of the TNT-Backend API). */

/** Roles of people, most privileged first; the index is the rank. */
export const ladder = ['dba', 'system_admin', 'admin', 'operator', 'coach', 'player', 'guest'] as const;

/** Scopes of machines: outside the ladder, never inclusive in either direction. */
export const machineScopes = ['stams_io', 'secure_provisioner'] as const;

export type Role = (typeof ladder)[number];
export type MachineScope = (typeof machineScopes)[number];
/** What an operation demands by `x-privilege`, and what a token carries as `scope`. */
export type Privilege = Role | MachineScope;

/** The `level` claim of the TNT-Backend API ("User Restriction Level") for each role. */
const levels = {
  dba: 0,
  system_admin: 1,
  admin: 2,
  operator: 3,
  coach: 3,
  player: 4,
  guest: 5,
} as const satisfies Record<Role, number>;

/** 0 for `dba` to 6 for `guest`: a smaller rank includes every larger one. */
export function rankOf(role: Role): number {
  return ladder.indexOf(role);
}

/** The restriction level, 0 to 5; operator and coach share level 3. */
export function levelOf(role: Role): number {
  return levels[role];
}

export function isRole(value: unknown): value is Role {
  return (ladder as readonly unknown[]).includes(value);
}

export function isMachineScope(value: unknown): value is MachineScope {
  return (machineScopes as readonly unknown[]).includes(value);
}

export function isPrivilege(value: unknown): value is Privilege {
  return isRole(value) || isMachineScope(value);
}

/** Whether a holder of `held` may do what demands `required`: inclusive among people, exact among machines. */
export function includes(held: Privilege, required: Privilege): boolean {
  if (isRole(held) && isRole(required)) return rankOf(held) <= rankOf(required);
  return held === required;
}

/** A role may be granted up to the grantor's own rank. */
export function mayGrant(grantor: Role, granted: Role): boolean {
  return rankOf(grantor) <= rankOf(granted);
}
