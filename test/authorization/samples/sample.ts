/** What a sample request is, and what several of them need. */
import type { Account, RequestOptions } from '@palestra/server/testing';
import type { PrincipalName, Whose } from '../../../scripts/authorization.js';
import type { World } from '../world.js';

/** What a sample is made for: a fresh one each time, since an operation may use up what it is called on. */
export interface Subject extends World {
  readonly principal: PrincipalName;
  /** The owner of the object: the caller, or another account. */
  readonly owner: Account;
  readonly whose: Whose;
}

export interface Sample {
  /** By the names in the path. */
  readonly params?: Readonly<Record<string, string | number>>;
  readonly query?: string;
  readonly json?: unknown;
  readonly headers?: RequestOptions['headers'];
  /** For an operation that cannot succeed here: what it answers whom it lets in. */
  readonly answers?: number;
}

export type Make = (subject: Subject) => Sample | Promise<Sample>;

/** Of an operation that needs nothing. */
export const none: Make = () => ({});

export function idOf({ id }: Account): string {
  return String(id).padStart(12, '0');
}

/** A gym of the owner, or, of a player, one where the player is staff; another gym's staff, if it is not the player's. */
export async function gymOf({ maker, principal, whose, owner, stranger, accounts }: Subject): Promise<string> {
  if (principal !== 'player') return maker.gym(owner);
  const [own, other] = [await maker.gym(stranger), await maker.gym(stranger)];
  await maker.staff(own, accounts.player);
  return whose === 'own' ? own : other;
}
