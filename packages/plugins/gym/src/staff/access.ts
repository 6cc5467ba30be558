/**
 * Who may do what at a gym: its owner everything, its staff what they were given, the operator of its club everything,
 * the coaches of that club let members in, and admins everything.
 */
import {
  accountIdOf,
  type ClubService,
  type ClubTask,
  type GymTask,
  type GymView,
  includes,
  type Staff,
} from '@palestra/core';
import type { Database, Unit } from '@palestra/server/plugin';
import type { StaffStore } from './store.js';

/** What somebody must be allowed to do for the club to do this at its gyms. */
const clubTasks: Readonly<Record<GymTask, ClubTask>> = { admit: 'coach', sell: 'operate', manage: 'operate' };

export interface AccessOptions {
  readonly database: Database;
  readonly staff: StaffStore;
  readonly find: (id: number, unit?: Unit) => Promise<GymView | undefined>;
  /** Undefined in a host without clubs. */
  readonly clubs: ClubService | undefined;
}

export function createAccess({ database, staff, find, clubs }: AccessOptions): Staff<GymTask> {
  const owned = database.statement<{ id: number }>((knex, parameter) =>
    knex('gym').select('id').where('owner_id', parameter('owner')).orderBy('id'),
  );
  const ofClub = database.statement<{ id: number }>((knex, parameter) =>
    knex('gym').select('id').where('club_id', parameter('club')),
  );
  return {
    async may(task, id, principal, unit) {
      if (includes(principal.privilege, 'admin')) return true;
      const account = accountIdOf(principal);
      const gym = account === undefined ? undefined : await find(id, unit);
      if (!gym || account === undefined) return false;
      // A gym is owned only as long as the role lasts that may have one.
      if (gym.owner === account && includes(principal.privilege, 'coach')) return true;
      if ((await staff.find(id, account, unit))?.may.includes(task)) return true;
      if (gym.club === null || !clubs) return false;
      return clubs.may(clubTasks[task], gym.club, principal, unit);
    },
    async placesOf(principal) {
      const account = accountIdOf(principal);
      if (account === undefined) return [];
      const own = includes(principal.privilege, 'coach') ? await owned.all({ owner: account }) : [];
      const employed = await staff.gymsOf(account);
      const inClubs = ((await clubs?.placesOf(principal)) ?? []).map((club) => ofClub.all({ club }));
      const found = [...own, ...(await Promise.all(inClubs)).flat()].map(({ id }) => id);
      return [...new Set([...found, ...employed])].sort((a, b) => a - b);
    },
  };
}
