/** `client.club.teams` */
import type { CallOptions } from '../call/call.js';
import type { components } from '../generated/openapi.js';
import * as operations from '../generated/operations.js';
import { type Collection, collection } from './collection.js';
import { type List, wholeList } from './list.js';
import { pathId } from './path-id.js';
import type { Caller } from './plugin.js';
import type { Schema } from './schema.js';

type Schemas = components['schemas'];

/** A team of a club. */
export interface Team extends Schema<'Team'> {}
/** A team and who plays in it. */
export interface TeamWithPlayers extends Schema<'TeamWithPlayers'> {}
/** A user who plays in a team. */
export interface Player extends Schema<'Player'> {}
/** A new team of a coach and a club. @interface */
export type TeamData = Schemas['TeamCreation'];
/** The fields to change. @interface */
export type TeamChange = Schemas['TeamFields'];

/** The id of a user, or the exact email. */
type UserReference = number | string;

/** Players are registered users, named by their ids or emails. */
export interface PlayersApi {
  list(teamId: number, options?: CallOptions): List<Player>;
  /** Adds players; those already in the team stay. Gives the team with all its players. */
  add(teamId: number, users: readonly UserReference[], options?: CallOptions): Promise<TeamWithPlayers>;
  /** Replaces all players of the team. */
  replace(teamId: number, users: readonly UserReference[], options?: CallOptions): Promise<TeamWithPlayers>;
  /** Removes one or several players. Gives the team with the remaining ones. */
  remove(
    teamId: number,
    users: UserReference | readonly UserReference[],
    options?: CallOptions,
  ): Promise<TeamWithPlayers>;
}

/** The types of `client.club.teams`. */
export type Teams = { item: Team; create: TeamData; update: TeamChange };

/** Teams, for their coach and the operator of their club. */
export interface TeamsApi extends Collection<Teams> {
  readonly players: PlayersApi;
}

export function teams(caller: Caller): TeamsApi {
  const teamOperations = {
    list: operations.listTeams,
    get: operations.getTeam,
    create: operations.createTeam,
    update: operations.updateTeam,
    delete: operations.deleteTeam,
  };
  return {
    ...collection<Teams>(caller, { singular: 'team', id: 'team_id' }, teamOperations),
    players: players(caller),
  };
}

function players({ call }: Caller): PlayersApi {
  const at = (team: number) => ({ team_id: pathId(team) });
  const some = (team: number, ids: readonly UserReference[]) => ({ params: at(team), body: { user_ids: [...ids] } });
  return {
    list: (team, options) =>
      wholeList(operations.listPlayers, () => call(operations.listPlayers, { params: at(team) }, options)),
    add: async (team, ids, options) => (await call(operations.addPlayers, some(team, ids), options)).team,
    replace: async (team, ids, options) => (await call(operations.replacePlayers, some(team, ids), options)).team,
    remove: async (team, ids, options) => {
      if (typeof ids === 'number') {
        const params = { ...at(team), user_id: pathId(ids) };
        return (await call(operations.removePlayer, { params }, options)).team;
      }
      const users = typeof ids === 'string' ? [ids] : ids;
      return (await call(operations.removePlayers, some(team, users), options)).team;
    },
  };
}
