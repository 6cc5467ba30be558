/** What is read of clubs, coaches and teams beside the records: who owns what, and who plays where. */
import type { ClubService, ClubView } from '@palestra/core';
import { type Database, insertOnce, type Unit } from '@palestra/server';

export interface CoachView {
  readonly id: number;
  readonly userId: number;
  readonly clubId: number;
}

export interface TeamView {
  readonly id: number;
  readonly coachId: number;
  readonly clubId: number;
  readonly name: string;
}

/** Row of a table that names countries. */
export interface InCountry {
  readonly countryId: number | null;
}

export interface Players {
  /** Account ids, in order. */
  of(teamId: number, unit?: Unit): Promise<number[]>;
  /** False if the player was in the team already. */
  add(teamId: number, userId: number, unit: Unit): Promise<boolean>;
  /** False if the player was not in the team. */
  remove(teamId: number, userId: number, unit: Unit): Promise<boolean>;
}

export interface TeamStore {
  readonly clubs: ClubService & { find(id: number, unit?: Unit): Promise<ClubView | undefined> };
  coach(id: number, unit?: Unit): Promise<CoachView | undefined>;
  hasTeams(coachId: number, unit: Unit): Promise<boolean>;
  city(id: number, unit?: Unit): Promise<InCountry | undefined>;
  league(id: number, unit?: Unit): Promise<InCountry | undefined>;
  hasCountry(id: number): Promise<boolean>;
  /** Teams that this account coaches, and those of the clubs that it operates. */
  teamsOf(accountId: number): Promise<TeamView[]>;
  readonly players: Players;
}

const clubColumns = { id: 'id', name: 'club_name', owner: 'user_id' };

export function createStore(database: Database): TeamStore {
  const club = database.statement<ClubView>((knex, parameter) =>
    knex('operator')
      .select(clubColumns)
      .where({ id: parameter('id') }),
  );
  const ownedClubs = database.statement<ClubView>((knex, parameter) =>
    knex('operator')
      .select(clubColumns)
      .where({ user_id: parameter('user_id') })
      .orderBy('id'),
  );
  const coach = database.statement<CoachView>((knex, parameter) =>
    knex('coach')
      .select({ id: 'id', userId: 'user_id', clubId: 'operator_id' })
      .where({ id: parameter('id') }),
  );
  const teamOfCoach = database.statement((knex, parameter) =>
    knex('team')
      .select('id')
      .where({ coach_id: parameter('coach_id') })
      .limit(1),
  );
  const countryOf = (table: 'city' | 'league') =>
    database.statement<InCountry>((knex, parameter) =>
      knex(table)
        .select({ countryId: 'country_id' })
        .where({ id: parameter('id') }),
    );
  const city = countryOf('city');
  const league = countryOf('league');
  const country = database.statement((knex, parameter) =>
    knex('country')
      .select('id')
      .where({ id: parameter('id') }),
  );
  const teams = database.statement<TeamView>((knex, parameter) =>
    knex('team')
      .join('coach', 'coach.id', 'team.coach_id')
      .join('operator', 'operator.id', 'team.operator_id')
      .select({ id: 'team.id', coachId: 'team.coach_id', clubId: 'team.operator_id', name: 'team.team_name' })
      .where('coach.user_id', parameter('coach_user_id'))
      .orWhere('operator.user_id', parameter('operator_user_id'))
      .orderBy('team.id'),
  );
  return {
    clubs: {
      find: (id, unit) => club.first({ id }, unit),
      ownedBy: (accountId) => ownedClubs.all({ user_id: accountId }),
    },
    coach: (id, unit) => coach.first({ id }, unit),
    hasTeams: async (coachId, unit) => (await teamOfCoach.first({ coach_id: coachId }, unit)) !== undefined,
    city: (id, unit) => city.first({ id }, unit),
    league: (id, unit) => league.first({ id }, unit),
    hasCountry: async (id) => (await country.first({ id })) !== undefined,
    teamsOf: (accountId) => teams.all({ coach_user_id: accountId, operator_user_id: accountId }),
    players: createPlayers(database),
  };
}

function createPlayers(database: Database): Players {
  const ofTeam = database.statement<{ userId: number }>((knex, parameter) =>
    knex('team_player')
      .select({ userId: 'user_id' })
      .where({ team_id: parameter('team_id') })
      .orderBy('user_id'),
  );
  const add = database.statement((knex, parameter) =>
    knex('team_player').insert({ team_id: parameter('team_id'), user_id: parameter('user_id') }),
  );
  const remove = database.statement((knex, parameter) =>
    knex('team_player')
      .where({ team_id: parameter('team_id'), user_id: parameter('user_id') })
      .delete(),
  );
  return {
    of: async (teamId, unit) => (await ofTeam.all({ team_id: teamId }, unit)).map(({ userId }) => userId),
    add: (teamId, userId, unit) => insertOnce(add, { team_id: teamId, user_id: userId }, unit),
    remove: async (teamId, userId, unit) =>
      (await remove.run({ team_id: teamId, user_id: userId }, unit)).affected === 1,
  };
}
