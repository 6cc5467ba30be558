/** Who may manage what: an admin everything, an operator their clubs, a coach their teams. */
import { accountIdOf, type ClubService, includes, type Principal, permissionDenied } from '@palestra/core';
import type { Unit, Writing } from '@palestra/server/plugin';
import type { TeamStore } from '../store.js';

export function managesAll(principal: Principal): boolean {
  return includes(principal.privilege, 'admin');
}

export interface LedTeam {
  readonly coach_id: number;
  readonly operator_id: number;
}

export interface Access {
  /** @throws PalestraError 403 unless the caller operates the club, or is an admin */
  assertClub(clubId: number, writing: Writing): Promise<void>;
  /** @throws PalestraError 403 unless the caller is the team's coach, operates its club, or is an admin */
  assertTeam(team: LedTeam, writing: Writing): Promise<void>;
  managesTeam(team: LedTeam, principal: Principal): Promise<boolean>;
}

export function createAccess(store: TeamStore, clubs: ClubService): Access {
  async function managesTeam(team: LedTeam, principal: Principal, unit?: Unit): Promise<boolean> {
    const coach = await store.coach(team.coach_id, unit);
    // A role that was revoked takes the teams along.
    if (includes(principal.privilege, 'coach') && coach?.userId === accountIdOf(principal)) return true;
    return clubs.may('operate', team.operator_id, principal, unit);
  }
  return {
    managesTeam: (team, principal) => managesTeam(team, principal),
    async assertClub(clubId, { call, unit }) {
      if (!(await clubs.may('operate', clubId, call.principal, unit))) throw permissionDenied();
    },
    async assertTeam(team, { call, unit }) {
      if (!(await managesTeam(team, call.principal, unit))) throw permissionDenied();
    },
  };
}
