/** Who may manage what: an admin everything, an operator their clubs, a coach their teams. */
import { accountIdOf, includes, type Principal, permissionDenied } from '@palestra/core';
import type { Writing } from '@palestra/server/plugin';
import type { TeamStore } from '../store.js';

export function reachesAll(principal: Principal): boolean {
  return includes(principal.privilege, 'admin');
}

export interface Reach {
  /** @throws PalestraError 403 unless the caller operates the club, or is an admin */
  assertClub(clubId: number, writing: Writing): Promise<void>;
  /** @throws PalestraError 403 unless the caller is the team's coach, operates its club, or is an admin */
  assertTeam(team: { readonly coach_id: number; readonly operator_id: number }, writing: Writing): Promise<void>;
}

export function createReach(store: TeamStore): Reach {
  async function ownsClub(clubId: number, { call, unit }: Writing): Promise<boolean> {
    if (reachesAll(call.principal)) return true;
    return (await store.clubs.find(clubId, unit))?.owner === accountIdOf(call.principal);
  }
  return {
    async assertClub(clubId, writing) {
      if (!(await ownsClub(clubId, writing))) throw permissionDenied();
    },
    async assertTeam(team, writing) {
      const coach = await store.coach(team.coach_id, writing.unit);
      if (coach?.userId === accountIdOf(writing.call.principal)) return;
      if (!(await ownsClub(team.operator_id, writing))) throw permissionDenied();
    },
  };
}
