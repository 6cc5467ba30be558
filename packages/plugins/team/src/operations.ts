/** What each operation of clubs and teams does, wired to the records and the players. */
import { accountIdOf, type Call, type Handlers, streamed } from '@palestra/core';
import type { components, operations } from './contract.generated.js';
import type { Players } from './records/players.js';
import { reachesAll } from './records/reach.js';
import type { Input, Records } from './records/records.js';
import type { TeamStore } from './store.js';

type Schemas = components['schemas'];

export interface OperationOptions {
  readonly countries: Records<Schemas['Country']>;
  readonly cities: Records<Schemas['City']>;
  readonly leagues: Records<Schemas['League']>;
  readonly operators: Records<Schemas['Operator']>;
  readonly coaches: Records<Schemas['Coach']>;
  readonly teams: Records<Schemas['Team']>;
  readonly players: Players;
  readonly store: TeamStore;
}

export function createOperations(options: OperationOptions): Handlers<operations> {
  const country = collection('country', options.countries);
  const city = collection('city', options.cities);
  const league = collection('league', options.leagues);
  const operator = collection('operator', options.operators);
  const coach = collection('coach', options.coaches);
  return {
    listCountries: country.list,
    createCountry: country.create,
    getCountry: country.get,
    updateCountry: country.update,
    deleteCountry: country.remove,

    listCities: city.list,
    createCity: city.create,
    getCity: city.get,
    updateCity: city.update,
    deleteCity: city.remove,

    listLeagues: league.list,
    createLeague: league.create,
    getLeague: league.get,
    updateLeague: league.update,
    deleteLeague: league.remove,

    addOperator: operator.create,
    listOperators: operator.list,
    createOperator: operator.create,
    getOperator: operator.get,
    updateOperator: operator.update,
    deleteOperator: operator.remove,

    addCoach: coach.create,
    listCoaches: coach.list,
    createCoach: coach.create,
    getCoach: coach.get,
    updateCoach: coach.update,
    deleteCoach: coach.remove,

    ...teamOperations(options),
  };
}

/** A list is a plain array; one is wrapped by its singular name. */
function collection<Name extends string, Shown>(name: Name, records: Records<Shown>) {
  const wrap = (shown: Shown) => ({ [name]: shown }) as Record<Name, Shown>;
  return {
    list: () => streamed(records.list()),
    create: async ({ body }: { body: Input }, call: Call) => wrap(await records.create(body, call)),
    get: async ({ params }: { params: { id: string } }) => wrap(await records.get(params.id)),
    update: async ({ params, body }: { params: { id: string }; body: Input }, call: Call) =>
      wrap(await records.update(params.id, body, call)),
    remove: async ({ params }: { params: { id: string } }, call: Call): Promise<undefined> => {
      await records.remove(params.id, call);
    },
  };
}

type TeamOperation =
  | 'listTeams'
  | 'createTeam'
  | 'getTeam'
  | 'updateTeam'
  | 'deleteTeam'
  | 'listPlayers'
  | 'addPlayers'
  | 'replacePlayers'
  | 'removePlayers'
  | 'removePlayer';

function teamOperations({ teams, players, store }: OperationOptions): Handlers<Pick<operations, TeamOperation>> {
  return {
    async listTeams(_, { principal }) {
      if (reachesAll(principal)) return streamed(teams.list());
      const own = await store.teamsOf(accountIdOf(principal) ?? 0);
      return own.map((team) => ({
        team_id: team.id,
        coach_id: team.coachId,
        operator_id: team.clubId,
        team_name: team.name,
      }));
    },
    createTeam: async ({ body }, call) => ({ team: await teams.create(body, call) }),
    getTeam: async ({ params }, { principal }) => ({ team: await players.team(params.team_id, principal) }),
    updateTeam: async ({ params, body }, call) => ({
      team: await teams.update(params.team_id, body, call),
    }),
    async deleteTeam({ params }, call) {
      await teams.remove(params.team_id, call);
    },

    listPlayers: async ({ params }, { principal }) => players.list(params.team_id, principal),
    addPlayers: async ({ params, body }, call) => ({
      team: await players.add(params.team_id, body.user_ids, call),
    }),
    replacePlayers: async ({ params, body }, call) => ({
      team: await players.replace(params.team_id, body.user_ids, call),
    }),
    removePlayers: async ({ params, body }, call) => ({
      team: await players.remove(params.team_id, body.user_ids, call),
    }),
    removePlayer: async ({ params }, call) => ({
      team: await players.removeOne(params.team_id, params.user_id, call),
    }),
  };
}
