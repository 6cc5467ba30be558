/** Who may manage what: an admin everything, an operator their clubs, a coach their teams. */
import { accountIdOf, includes, type Principal, permissionDenied } from '@palestra/core';
import type { Unit } from '@palestra/server';
import type { TeamStore } from '../store.js';

export function reachesAll(principal: Principal): boolean {
  return includes(principal.privilege, 'admin');
}

export interface Reach {
  /** @throws PalestraError 403 unless the caller operates the club, or is an admin */
  assertClub(clubId: number, principal: Principal, unit: Unit): Promise<void>;
  /** @throws PalestraError 403 unless the caller coaches with `coachId`, operates the club, or is an admin */
  assertTeam(team: { coachId: number; clubId: number }, principal: Principal, unit?: Unit): Promise<void>;
}

export function createReach(store: TeamStore): Reach {
  async function ownsClub(clubId: number, principal: Principal, unit?: Unit): Promise<boolean> {
    if (reachesAll(principal)) return true;
    return (await store.clubs.find(clubId, unit))?.owner === accountIdOf(principal);
  }
  return {
    async assertClub(clubId, principal, unit) {
      if (!(await ownsClub(clubId, principal, unit))) throw permissionDenied();
    },
    async assertTeam({ coachId, clubId }, principal, unit) {
      if ((await store.coach(coachId, unit))?.userId === accountIdOf(principal)) return;
      if (!(await ownsClub(clubId, principal, unit))) throw permissionDenied();
    },
  };
}
