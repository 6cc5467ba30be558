/** Who may manage what: an admin everything, an operator their clubs, a coach their teams. */
import { accountIdOf, includes, type Principal, permissionDenied } from '@palestra/core';
import type { Writing } from '@palestra/server/plugin';
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

export function createAccess(store: TeamStore): Access {
  async function managesClub(clubId: number, principal: Principal, writing?: Writing): Promise<boolean> {
    if (managesAll(principal)) return true;
    return (await store.clubs.find(clubId, writing?.unit))?.owner === accountIdOf(principal);
  }
  async function managesTeam(team: LedTeam, principal: Principal, writing?: Writing): Promise<boolean> {
    const coach = await store.coach(team.coach_id, writing?.unit);
    // A role that was taken away takes the teams along.
    if (includes(principal.privilege, 'coach') && coach?.userId === accountIdOf(principal)) return true;
    return includes(principal.privilege, 'operator') && managesClub(team.operator_id, principal, writing);
  }
  return {
    managesTeam: (team, principal) => managesTeam(team, principal),
    async assertClub(clubId, writing) {
      if (!(await managesClub(clubId, writing.call.principal, writing))) throw permissionDenied();
    },
    async assertTeam(team, writing) {
      if (!(await managesTeam(team, writing.call.principal, writing))) throw permissionDenied();
    },
  };
}
