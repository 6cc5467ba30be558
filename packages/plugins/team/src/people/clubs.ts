/** Who may do what for a club: its operator everything, its coaches train, admins everything. Other plugins ask here. */
import { accountIdOf, type ClubService, includes } from '@palestra/core';
import type { Unit } from '@palestra/server/plugin';
import type { TeamStore } from '../store.js';

export interface Clubs extends ClubService {
  /** Tells those who asked by `onDelete`. */
  deleted(clubId: number, unit: Unit): Promise<void>;
}

export function createClubs(store: TeamStore): Clubs {
  const followers: ((clubId: number, unit: Unit) => Promise<void>)[] = [];
  return {
    ...store.clubs,
    // A role that was revoked takes the rights of the position along.
    async may(task, club, principal, unit) {
      if (includes(principal.privilege, 'admin')) return true;
      const account = accountIdOf(principal);
      if (account === undefined || !includes(principal.privilege, 'coach')) return false;
      const operates = includes(principal.privilege, 'operator');
      if (operates && (await store.clubs.find(club, unit))?.owner === account) return true;
      return task === 'coach' && store.coaches(account, club, unit);
    },
    async placesOf(principal) {
      const account = accountIdOf(principal) ?? 0;
      const operated = includes(principal.privilege, 'operator') ? await store.clubs.ownedBy(account) : [];
      const coached = includes(principal.privilege, 'coach') ? await store.coachedBy(account) : [];
      return [...new Set([...operated.map(({ id }) => id), ...coached.map(({ clubId }) => clubId)])];
    },
    async playersOf(principal) {
      const account = accountIdOf(principal) ?? 0;
      const operated = includes(principal.privilege, 'operator') ? await store.clubs.ownedBy(account) : [];
      const coached = includes(principal.privilege, 'coach') ? await store.coachedBy(account) : [];
      const players = await Promise.all([
        ...operated.map(({ id }) => store.players.ofTeamsOf('operator_id', id)),
        ...coached.map(({ id }) => store.players.ofTeamsOf('coach_id', id)),
      ]);
      return [...new Set(players.flat())];
    },
    onDelete(work) {
      followers.push(work);
    },
    async deleted(clubId, unit) {
      for (const work of followers) await work(clubId, unit);
    },
  };
}
