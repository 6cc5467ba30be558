/** What is read of clubs, coaches and teams beside the records: who owns what, and who plays where. */
import type { ClubService, ClubView } from '@palestra/core';
import { type Database, insertOnce, type Unit } from '@palestra/server/plugin';

interface CoachView {
  readonly id: number;
  readonly userId: number;
  readonly clubId: number;
}

/** Row of a table that names countries. */
interface InCountry {
  readonly countryId: number | null;
}

export interface TeamPlayer {
  readonly userId: number;
  /** Whether the player was found by the email. */
  readonly emailKnown: boolean;
}

interface Players {
  /** By account id. */
  of(teamId: number, unit?: Unit): Promise<TeamPlayer[]>;
  /** Account ids of all who play in teams of a coach, or of a club. */
  ofTeamsOf(field: 'coach_id' | 'operator_id', id: number): Promise<number[]>;
  /** False for a player who is in the team already, and stays. */
  add(teamId: number, player: TeamPlayer, unit: Unit): Promise<boolean>;
  /** False if the player was not in the team. */
  remove(teamId: number, userId: number, unit: Unit): Promise<boolean>;
}

export interface TeamStore {
  readonly clubs: Pick<ClubService, 'find' | 'ownedBy'>;
  coach(id: number, unit?: Unit): Promise<CoachView | undefined>;
  /** This account as a coach: one a club. */
  coachedBy(accountId: number): Promise<CoachView[]>;
  hasTeams(coachId: number, unit: Unit): Promise<boolean>;
  /** Ids of the teams that this account plays in. */
  playedIn(accountId: number): Promise<number[]>;
  /** The highest role that a position of this account needs. */
  positionOf(accountId: number, unit: Unit): Promise<'operator' | 'coach' | 'player'>;
  /** Whether this account is a coach of the club. */
  coaches(accountId: number, clubId: number, unit?: Unit): Promise<boolean>;
  /** A city, and below a league: kept from changes until the unit's end. */
  city(id: number, unit: Unit): Promise<InCountry | undefined>;
  league(id: number, unit: Unit): Promise<InCountry | undefined>;
  /** Whether a club names this city, or this league; with `elsewhere`, one that is not in that country. */
  hasClubs(field: 'city_id' | 'league_id', id: number, unit: Unit, elsewhere?: number): Promise<boolean>;
  readonly players: Players;
}

const coachColumns = { id: 'id', userId: 'user_id', clubId: 'operator_id' };
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
      .select(coachColumns)
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
        .where({ id: parameter('id') })
        .forShare(),
    );
  const city = countryOf('city');
  const league = countryOf('league');
  const coachedBy = database.statement<CoachView>((knex, parameter) =>
    knex('coach')
      .select(coachColumns)
      .where({ user_id: parameter('user_id') })
      .orderBy('id'),
  );
  const played = database.statement<{ id: number }>((knex, parameter) =>
    knex('team_player')
      .select({ id: 'team_id' })
      .where({ user_id: parameter('user_id') })
      .orderBy('team_id'),
  );
  const clubIn = (field: 'city_id' | 'league_id') =>
    database.statement((knex, parameter) =>
      knex('operator')
        .select('id')
        .where({ [field]: parameter('id') })
        .whereNot({ country_id: parameter('elsewhere') })
        .limit(1),
    );
  const coachOf = database.statement((knex, parameter) =>
    knex('coach')
      .select('id')
      .where({ user_id: parameter('user_id'), operator_id: parameter('club_id') }),
  );
  const clubs = { city_id: clubIn('city_id'), league_id: clubIn('league_id') };
  return {
    clubs: {
      find: (id, unit) => club.first({ id }, unit),
      ownedBy: (accountId) => ownedClubs.all({ user_id: accountId }),
    },
    coach: (id, unit) => coach.first({ id }, unit),
    playedIn: async (accountId) => (await played.all({ user_id: accountId })).map(({ id }) => id),
    async positionOf(accountId, unit) {
      if (await ownedClubs.first({ user_id: accountId }, unit)) return 'operator';
      return (await coachedBy.first({ user_id: accountId }, unit)) ? 'coach' : 'player';
    },
    coaches: async (accountId, clubId, unit) =>
      (await coachOf.first({ user_id: accountId, club_id: clubId }, unit)) !== undefined,
    hasTeams: async (coachId, unit) => (await teamOfCoach.first({ coach_id: coachId }, unit)) !== undefined,
    city: (id, unit) => city.first({ id }, unit),
    league: (id, unit) => league.first({ id }, unit),
    coachedBy: (accountId) => coachedBy.all({ user_id: accountId }),
    hasClubs: async (field, id, unit, elsewhere = 0) =>
      (await clubs[field].first({ id, elsewhere }, unit)) !== undefined,
    players: createPlayers(database),
  };
}

function createPlayers(database: Database): Players {
  const ofTeam = database.statement<{ userId: number; emailKnown: number }>((knex, parameter) =>
    knex('team_player')
      .select({ userId: 'user_id', emailKnown: 'email_known' })
      .where({ team_id: parameter('team_id') })
      .orderBy('user_id'),
  );
  const ofTeams = (field: 'coach_id' | 'operator_id') =>
    database.statement<{ userId: number }>((knex, parameter) =>
      knex('team_player')
        .join('team', 'team.id', 'team_player.team_id')
        .distinct({ userId: 'team_player.user_id' })
        .where(`team.${field}`, parameter('id')),
    );
  const of = { coach_id: ofTeams('coach_id'), operator_id: ofTeams('operator_id') };
  const add = database.statement((knex, parameter) =>
    knex('team_player').insert(parameter.each(['team_id', 'user_id', 'email_known'])),
  );
  const remove = database.statement((knex, parameter) =>
    knex('team_player')
      .where({ team_id: parameter('team_id'), user_id: parameter('user_id') })
      .delete(),
  );
  return {
    async of(teamId, unit) {
      const rows = await ofTeam.all({ team_id: teamId }, unit);
      return rows.map(({ userId, emailKnown }) => ({ userId, emailKnown: emailKnown !== 0 }));
    },
    ofTeamsOf: async (field, id) => (await of[field].all({ id })).map(({ userId }) => userId),
    add: (team_id, { userId: user_id, emailKnown }, unit) =>
      insertOnce(add, { team_id, user_id, email_known: emailKnown ? 1 : 0 }, unit),
    remove: async (teamId, userId, unit) =>
      (await remove.run({ team_id: teamId, user_id: userId }, unit)).affected === 1,
  };
}
