/** Players of a team: several at once, all or nothing, and an answer that names those not found. */
import {
  type AccountsService,
  type AccountView,
  type Call,
  type ClubService,
  catalogue,
  type Handlers,
  includes,
  invalidRequest,
  PalestraError,
  type Principal,
  parseId,
} from '@palestra/core';
import { type Audit, type Database, databaseFault, type Resource, type Unit } from '@palestra/server/plugin';
import type { components, operations, StoredTeam, TeamTypes } from '../contract.generated.js';
import type { TeamPlayer, TeamStore } from '../store.js';
import { createAccess, type LedTeam, managesAll } from './access.js';
import { type Player, type PlayerView, toPlayer } from './users.js';

type TeamWithPlayers = components['schemas']['TeamWithPlayers'];

export type PlayerOperation = 'listPlayers' | 'addPlayers' | 'replacePlayers' | 'removePlayers' | 'removePlayer';

export interface PlayerOptions {
  readonly database: Database;
  readonly audit: Audit;
  readonly store: TeamStore;
  readonly teams: Resource<TeamTypes>;
  readonly accounts: AccountsService;
  readonly clubs: ClubService;
}

type References = readonly (string | number)[];

export function createPlayers(options: PlayerOptions): Handlers<Pick<operations, PlayerOperation>> {
  const { store } = options;
  const { change, teamOf, playersOf, resolve } = createRosters(options);
  return {
    async listPlayers({ params }, call) {
      const { team_id, ...team } = await teamOf(params.team_id, call);
      return playersOf(team_id, team, call.principal);
    },

    async addPlayers({ params, body }, call) {
      const users = await resolve(body.user_ids, await teamOf(params.team_id, call), call);
      return change(params.team_id, call, async (team, unit) => {
        for (const user of users) await store.players.add(team.id, user, unit);
      });
    },

    async replacePlayers({ params, body }, call) {
      const users = await resolve(body.user_ids, await teamOf(params.team_id, call), call);
      const ids = new Set(users.map(({ userId }) => userId));
      return change(params.team_id, call, async (team, unit, before) => {
        for (const id of before) if (!ids.has(id)) await store.players.remove(team.id, id, unit);
        for (const user of users) await store.players.add(team.id, user, unit);
      });
    },

    removePlayers({ params, body }, call) {
      return change(params.team_id, call, async (team, unit) => {
        const missing: (string | number)[] = [];
        for (const [reference, id] of await idsOf(body.user_ids, options.accounts)) {
          if (id === undefined || !(await store.players.remove(team.id, id, unit))) missing.push(reference);
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
function createRosters({ database, audit, store, teams, accounts, clubs }: PlayerOptions) {
  const access = createAccess(store, clubs);

  /** @throws PalestraError 404, 403 for a team that the caller may not read */
  async function teamOf(teamId: string, call: Call) {
    await teams.get(teamId, call);
    const team = await teams.find(parseId(teamId) ?? 0);
    if (!team) throw notFound('Team');
    return team;
  }

  async function shownTo(team: LedTeam, principal: Principal): Promise<PlayerView['to']> {
    if (includes(principal.privilege, 'system_admin')) return 'all';
    return (await access.managesTeam(team, principal)) ? 'team' : 'mate';
  }

  async function playersOf(teamId: number, team: LedTeam, principal: Principal): Promise<Player[]> {
    const players = new Map((await store.players.of(teamId)).map((player) => [player.userId, player]));
    const to = await shownTo(team, principal);
    const found = await accounts.findMany([...players.keys()]);
    return found.map((account) => toPlayer({ account, emailKnown: players.get(account.id)?.emailKnown ?? false, to }));
  }

  /** The team is locked first: of two rosters that are written at once one comes after the other. */
  async function write(teamId: string, call: Call, unit: Unit, work: Work): Promise<StoredTeam> {
    const team = await teams.lock(parseId(teamId) ?? 0, unit);
    if (!team) throw notFound('Team');
    await access.assertTeam(team, { call, unit });
    const ids = async () => (await store.players.of(team.id, unit)).map(({ userId }) => userId);
    const before = await ids();
    await work(team, unit, before);
    const after = await ids();
    await audit.record(unit, call, { action: 'team.players', object: `team/${team.id}`, before, after });
    return team;
  }

  return {
    teamOf,
    playersOf,
    /** By id: players, and who works for the club. By email: everybody. @throws PalestraError 400 that names the others */
    async resolve(references: References, team: LedTeam, { principal }: Call): Promise<TeamPlayer[]> {
      const byId = await foundById(references, accounts);
      const users = new Map<number, TeamPlayer>();
      const missing: (string | number)[] = [];
      for (const reference of references) {
        const emailKnown = isEmail(reference);
        const account = emailKnown ? await accounts.findByEmail(reference) : byId.get(parseId(reference) ?? 0);
        const open = account && (emailKnown || (await isOpen(account, team, principal)));
        if (account && open) users.set(account.id, { userId: account.id, emailKnown });
        else missing.push(reference);
      }
      refuseMissing(missing, 'Users not found');
      return [...users.values()];
    },
    async change(teamId: string, call: Call, work: Work): Promise<{ team: TeamWithPlayers }> {
      try {
        const { id, ...team } = await database.unitOfWork((unit) => write(teamId, call, unit, work));
        return { team: { team_id: id, ...team, players: await playersOf(id, team, call.principal) } };
      } catch (error) {
        if (databaseFault(error)?.kind !== 'reference') throw error;
        throw invalidRequest('A user of the list was deleted meanwhile', '/user_ids');
      }
    },
  };

  async function isOpen({ id, role }: AccountView, team: LedTeam, principal: Principal): Promise<boolean> {
    if (role === 'player' || managesAll(principal)) return true;
    return (await clubs.find(team.operator_id))?.owner === id || store.coaches(id, team.operator_id);
  }
}

function isEmail(reference: string | number): reference is string {
  return typeof reference === 'string' && reference.includes('@');
}

async function foundById(references: References, accounts: AccountsService): Promise<Map<number, AccountView>> {
  const ids = new Set(references.flatMap((reference) => parseId(reference) ?? []));
  return new Map((await accounts.findMany([...ids])).map((account) => [account.id, account]));
}

/** `7` and `"7"` are one. */
async function idsOf(
  references: References,
  accounts: AccountsService,
): Promise<[string | number, number | undefined][]> {
  const ids = new Map<number | string, [string | number, number | undefined]>();
  for (const reference of references) {
    const id = isEmail(reference) ? (await accounts.findByEmail(reference))?.id : parseId(reference);
    ids.set(id ?? reference, [isEmail(reference) ? reference : (id ?? reference), id]);
  }
  return [...ids.values()];
}

function notFound(name: string): PalestraError {
  return new PalestraError(catalogue.resourceNotFound, `${name} not found`);
}

function refuseMissing(missing: References, message: string): void {
  if (missing.length > 0) throw invalidRequest(`${message}: ${missing.join(', ')}`, '/user_ids');
}
