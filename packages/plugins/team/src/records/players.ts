/** Players of a team: several at once, all or nothing, and an answer that names those not found. */
import { type AccountsService, type Call, invalidRequest, type Principal, parseId } from '@palestra/core';
import type { Audit, Database, Unit } from '@palestra/server';
import type { components } from '../contract.generated.js';
import type { TeamStore } from '../store.js';
import { notFound } from './errors.js';
import { createPeople, type Player } from './people.js';
import { createReach } from './reach.js';
import type { Records } from './records.js';

export type Team = components['schemas']['Team'];
export type TeamWithPlayers = components['schemas']['TeamWithPlayers'];

type Ids = readonly (string | number)[];

/** Every method: @throws PalestraError 404 for a team that is not there, 403 for another's */
export interface Players {
  team(teamId: string, principal: Principal): Promise<Team>;
  list(teamId: string, principal: Principal): Promise<Player[]>;
  add(teamId: string, userIds: Ids, call: Call): Promise<TeamWithPlayers>;
  replace(teamId: string, userIds: Ids, call: Call): Promise<TeamWithPlayers>;
  remove(teamId: string, userIds: Ids, call: Call): Promise<TeamWithPlayers>;
  removeOne(teamId: string, userId: string, call: Call): Promise<TeamWithPlayers>;
}

export interface PlayerOptions {
  readonly database: Database;
  readonly audit: Audit;
  readonly store: TeamStore;
  readonly teams: Records<Team>;
  readonly accounts: AccountsService;
}

export function createPlayers(options: PlayerOptions): Players {
  const { store } = options;
  const { reached, playersOf, change, assertUsers } = createRosters(options);
  return {
    team: reached,
    list: async (teamId, principal) => playersOf(await reached(teamId, principal)),

    async add(teamId, userIds, call) {
      const team = await reached(teamId, call.principal);
      const ids = distinct(userIds);
      await assertUsers(ids);
      return change(team, call, async (unit) => {
        for (const id of ids) await store.players.add(team.team_id, id, unit);
      });
    },

    async replace(teamId, userIds, call) {
      const team = await reached(teamId, call.principal);
      const ids = distinct(userIds);
      await assertUsers(ids);
      return change(team, call, async (unit) => {
        const before = await store.players.of(team.team_id, unit);
        for (const id of before) if (!ids.includes(id)) await store.players.remove(team.team_id, id, unit);
        for (const id of ids) if (!before.includes(id)) await store.players.add(team.team_id, id, unit);
      });
    },

    async remove(teamId, userIds, call) {
      const team = await reached(teamId, call.principal);
      return change(team, call, async (unit) => {
        const missing: number[] = [];
        for (const id of distinct(userIds)) {
          if (!(await store.players.remove(team.team_id, id, unit))) missing.push(id);
        }
        refuseMissing(missing, 'Players not found');
      });
    },

    async removeOne(teamId, userId, call) {
      const team = await reached(teamId, call.principal);
      const id = parseId(userId);
      return change(team, call, async (unit) => {
        if (id === undefined || !(await store.players.remove(team.team_id, id, unit))) throw notFound('Player');
      });
    },
  };
}

/** What every operation on players begins and ends with. */
function createRosters({ database, audit, store, teams, accounts }: PlayerOptions) {
  const people = createPeople(accounts);
  const reach = createReach(store);
  const playersOf = async ({ team_id: teamId }: Team) => people.players(await store.players.of(teamId));
  return {
    playersOf,
    async reached(teamId: string, principal: Principal): Promise<Team> {
      const team = await teams.get(teamId);
      await reach.assertTeam({ coachId: team.coach_id, clubId: team.operator_id }, principal);
      return team;
    },
    async assertUsers(ids: readonly number[]): Promise<void> {
      const found = new Set((await people.players(ids)).map(({ id }) => id));
      const missing = ids.filter((id) => !found.has(id));
      refuseMissing(missing, 'Users not found');
    },
    async change(team: Team, call: Call, work: (unit: Unit) => Promise<void>): Promise<TeamWithPlayers> {
      const object = `team/${team.team_id}`;
      await database.unitOfWork(async (unit) => {
        const before = await store.players.of(team.team_id, unit);
        await work(unit);
        const after = await store.players.of(team.team_id, unit);
        await audit.record(unit, call, { action: 'team.players', object, before, after });
      });
      return { ...team, players: await playersOf(team) };
    },
  };
}

/** `7` and `"7"` are one. */
function distinct(userIds: Ids): number[] {
  const ids = userIds.map((each, index) => {
    const id = parseId(each);
    if (id === undefined) throw invalidRequest(`user_ids[${index}] must be an id`, `/user_ids/${index}`);
    return id;
  });
  return [...new Set(ids)];
}

function refuseMissing(missing: readonly number[], told: string): void {
  if (missing.length > 0) throw invalidRequest(`${told}: ${missing.join(', ')}`, '/user_ids');
}
