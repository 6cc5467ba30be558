/** Players of a team: several at once, all or nothing, and an answer that names those not found. */
import {
  type AccountsService,
  type Call,
  catalogue,
  type Handlers,
  invalidRequest,
  PalestraError,
  parseId,
} from '@palestra/core';
import { type Audit, type Database, databaseFault, type Resource, type Unit } from '@palestra/server/plugin';
import type { components, operations, StoredTeam, TeamTypes } from '../contract.generated.js';
import type { TeamStore } from '../store.js';
import { type Player, toPlayer } from './people.js';
import { createReach } from './reach.js';

export type TeamWithPlayers = components['schemas']['TeamWithPlayers'];

export type PlayerOperation = 'listPlayers' | 'addPlayers' | 'replacePlayers' | 'removePlayers' | 'removePlayer';

export interface PlayerOptions {
  readonly database: Database;
  readonly audit: Audit;
  readonly store: TeamStore;
  readonly teams: Resource<TeamTypes>;
  readonly accounts: AccountsService;
}

export function createPlayers(options: PlayerOptions): Handlers<Pick<operations, PlayerOperation>> {
  const { store, teams } = options;
  const { change, playersOf, assertUsers } = createRosters(options);
  return {
    async listPlayers({ params }, call) {
      await teams.get(params.team_id, call);
      return playersOf(parseId(params.team_id) ?? 0);
    },

    async addPlayers({ params, body }, call) {
      await teams.get(params.team_id, call);
      const ids = distinct(body.user_ids);
      await assertUsers(ids);
      return change(params.team_id, call, async (team, unit) => {
        for (const id of ids) await store.players.add(team.id, id, unit);
      });
    },

    async replacePlayers({ params, body }, call) {
      await teams.get(params.team_id, call);
      const ids = distinct(body.user_ids);
      await assertUsers(ids);
      return change(params.team_id, call, async (team, unit, before) => {
        for (const id of before) if (!ids.includes(id)) await store.players.remove(team.id, id, unit);
        for (const id of ids) if (!before.includes(id)) await store.players.add(team.id, id, unit);
      });
    },

    removePlayers({ params, body }, call) {
      return change(params.team_id, call, async (team, unit) => {
        const missing: number[] = [];
        for (const id of distinct(body.user_ids)) {
          if (!(await store.players.remove(team.id, id, unit))) missing.push(id);
        }
        refuseMissing(missing, 'Players not found');
      });
    },

    removePlayer({ params }, call) {
      const id = parseId(params.user_id);
      return change(params.team_id, call, async (team, unit) => {
        if (id === undefined || !(await store.players.remove(team.id, id, unit))) throw notFound('Player');
      });
    },
  };
}

type Work = (team: StoredTeam, unit: Unit, before: readonly number[]) => Promise<void>;

/** What every operation on players begins and ends with. */
function createRosters({ database, audit, store, teams, accounts }: PlayerOptions) {
  const reach = createReach(store);
  const people = async (ids: readonly number[]): Promise<Player[]> => (await accounts.findMany(ids)).map(toPlayer);
  const playersOf = async (teamId: number) => people(await store.players.of(teamId));

  /** The team is locked first: of two rosters that are written at once one comes after the other. */
  async function write(teamId: string, call: Call, unit: Unit, work: Work): Promise<StoredTeam> {
    const team = await teams.lock(parseId(teamId) ?? 0, unit);
    if (!team) throw notFound('Team');
    await reach.assertTeam(team, { call, unit });
    const before = await store.players.of(team.id, unit);
    await work(team, unit, before);
    const after = await store.players.of(team.id, unit);
    await audit.record(unit, call, { action: 'team.players', object: `team/${team.id}`, before, after });
    return team;
  }

  return {
    playersOf,
    async assertUsers(ids: readonly number[]): Promise<void> {
      const found = new Set((await people(ids)).map(({ id }) => id));
      refuseMissing(
        ids.filter((id) => !found.has(id)),
        'Users not found',
      );
    },
    async change(teamId: string, call: Call, work: Work): Promise<{ team: TeamWithPlayers }> {
      try {
        const { id, ...team } = await database.unitOfWork((unit) => write(teamId, call, unit, work));
        return { team: { team_id: id, ...team, players: await playersOf(id) } };
      } catch (error) {
        if (databaseFault(error)?.kind !== 'reference') throw error;
        throw invalidRequest('A user of the list was deleted meanwhile', '/user_ids');
      }
    },
  };
}

function notFound(name: string): PalestraError {
  return new PalestraError(catalogue.resourceNotFound, `${name} not found`);
}

/** `7` and `"7"` are one. */
function distinct(userIds: readonly (string | number)[]): number[] {
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
