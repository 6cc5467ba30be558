/** Who may do what, computed from the composed document: the one table that `docs/` shows and the tests hold. */
import { type GymTask, includes, type OpenApiDocument, type Privilege, type Role } from '@palestra/core';
import { type DescribedOperation, operationsOf } from '@palestra/server/generate';

export const principals = [
  'guest',
  'dba',
  'system_admin',
  'admin',
  'operator',
  'coach',
  'player',
  'stams_io',
  'secure_provisioner',
] as const satisfies readonly Privilege[];
export type PrincipalName = (typeof principals)[number];

/** Of whom the object is that an operation is called on. */
export type Whose = 'own' | 'other';
/** `yes`: not refused for who calls. */
export type Cell = 'yes' | 401 | 403 | 404;

export interface Ownership {
  /** What makes the object the caller's own. */
  readonly own: string;
  /** From this role upwards, objects of other accounts are allowed too; undefined for no role. */
  readonly exempt?: Role;
  /** What others are told: 404 where they are not to know that there is one. */
  readonly refusal: 403 | 404;
}

/** By what staff may do there; the owner and the operator of the gym's club may do everything. */
const ownGym = (task: GymTask, refusal: 403 | 404 = 403): Ownership => ({
  own: `a gym of the caller, or where the caller may \`${task}\``,
  exempt: 'admin',
  refusal,
});
const ownClub: Ownership = { own: "the caller's club", exempt: 'admin', refusal: 403 };
const ownTeam: Ownership = { own: "a team of the caller's, or of the caller's club", exempt: 'admin', refusal: 403 };
const readTeam: Ownership = {
  own: "a team of the caller's, of the caller's club, or that the caller plays in",
  exempt: 'admin',
  refusal: 403,
};
const ownStams: Ownership = { own: "a STAMS of the caller's club", exempt: 'admin', refusal: 403 };
const ownProfile: Ownership = { own: "the caller's profile", exempt: 'system_admin', refusal: 403 };
const ownPurchase: Ownership = { own: 'a purchase of the caller', refusal: 404 };

/** What the document's privileges cannot say: operations on objects that belong to somebody, by `operationId`. */
export const ownership: Readonly<Record<string, Ownership>> = {
  'operateGym update': ownGym('manage'),
  listGymStaff: ownGym('manage'),
  addGymStaff: ownGym('manage'),
  removeGymStaff: ownGym('manage'),
  'operateMerchandise create': ownGym('sell'),
  'operateMerchandise update': ownGym('sell'),
  'operateProfile update': ownProfile,
  getProfile: ownProfile,
  cancelTransaction: ownPurchase,
  verifyTransaction: ownPurchase,
  getTransactionRecord: { ...ownPurchase, exempt: 'admin' },
  listVisits: { ...ownPurchase, exempt: 'admin' },
  verifyTransactionRecord: ownGym('admit', 404),
  refundTransaction: ownGym('sell', 404),
  addCoach: ownClub,
  updateCoach: ownClub,
  deleteCoach: ownClub,
  createTeam: ownTeam,
  getTeam: readTeam,
  updateTeam: ownTeam,
  deleteTeam: ownTeam,
  listPlayers: readTeam,
  addPlayers: ownTeam,
  replacePlayers: ownTeam,
  removePlayers: ownTeam,
  removePlayer: ownTeam,
  getStams: ownStams,
  renameStams: ownStams,
  revokeStamsToken: ownStams,
  listStamsResults: ownStams,
};

export interface MatrixRow {
  /** `operationId`, for an envelope followed by its `operation`. */
  readonly key: string;
  readonly operation: DescribedOperation;
  /** `create` and the like, for an envelope. */
  readonly envelope?: string;
  /** Undefined for a public one. */
  readonly privilege: Privilege | undefined;
  readonly ownership: Ownership | undefined;
}

/** One row an operation, one for each `operation` of an envelope. @throws Error for an ownership of nothing */
export function matrixRows(document: OpenApiDocument): MatrixRow[] {
  const rows = operationsOf(document).flatMap(rowsOf);
  const stray = Object.keys(ownership).find((key) => !rows.some((row) => row.key === key));
  if (stray !== undefined) throw new Error(`There is a rule of ownership for ${stray}, which is no operation.`);
  return rows;
}

function rowsOf(operation: DescribedOperation): MatrixRow[] {
  const { id, object } = operation;
  const declared = object['x-privilege'];
  if (typeof declared !== 'object') {
    return [{ key: id, operation, privilege: declared, ownership: ownership[id] }];
  }
  return Object.entries(declared).map(([envelope, privilege]) => {
    const key = `${id} ${envelope}`;
    return { key, operation, envelope, privilege, ownership: ownership[key] };
  });
}

/** What a principal is answered; `whose` matters only where objects belong to somebody. */
export function cellOf({ privilege, ownership: rule }: MatrixRow, principal: PrincipalName, whose: Whose): Cell {
  if (privilege === undefined) return 'yes';
  if (!includes(principal, privilege)) return principal === 'guest' ? 401 : 403;
  if (!rule || whose === 'own' || isExempt(rule, principal)) return 'yes';
  return rule.refusal;
}

export function isExempt({ exempt }: Ownership, principal: PrincipalName): boolean {
  return exempt !== undefined && includes(principal, exempt);
}
