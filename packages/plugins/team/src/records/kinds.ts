/** The kinds of records: reference data, clubs, coaches, teams. */
import { type AccountsService, catalogue, invalidRequest, PalestraError } from '@palestra/core';
import type { Row } from '@palestra/server';
import type { components } from '../contract.generated.js';
import type { TeamStore } from '../store.js';
import type { RecordKind, Target } from './kind.js';
import { createPeople, type UserName } from './people.js';
import { createReach } from './reach.js';

type Schemas = components['schemas'];

export interface Kinds {
  readonly country: RecordKind<Schemas['Country']>;
  readonly city: RecordKind<Schemas['City']>;
  readonly league: RecordKind<Schemas['League']>;
  readonly operator: RecordKind<Schemas['Operator']>;
  readonly coach: RecordKind<Schemas['Coach']>;
  readonly team: RecordKind<Schemas['Team']>;
}

export function createKinds(store: TeamStore, accounts: AccountsService): Kinds {
  const people = createPeople(accounts);
  const targets = {
    country: { name: 'Country', exists: store.hasCountry },
    city: { name: 'City', exists: async (id) => (await store.city(id)) !== undefined },
    league: { name: 'League', exists: async (id) => (await store.league(id)) !== undefined },
    club: { name: 'Club', exists: async (id) => (await store.clubs.find(id)) !== undefined },
    coach: { name: 'Coach', exists: async (id) => (await store.coach(id)) !== undefined },
    user: people.target,
  } satisfies Record<string, Target>;
  const withNames = async <Shown>(rows: readonly Row[], show: (row: Row, user: UserName) => Shown) => {
    const names = await people.names(rows.map(({ user_id: id }) => Number(id)));
    return rows.flatMap((row) => {
      const user = names.get(Number(row.user_id));
      return user ? [show(row, user)] : [];
    });
  };

  return {
    country: {
      name: 'Country',
      table: 'country',
      fields: { name: { column: 'name' } },
      show: (rows) => rows.map(({ id, name }) => ({ country_id: Number(id), name: String(name) })),
    },
    city: {
      name: 'City',
      table: 'city',
      fields: { name: { column: 'name' }, country_id: { column: 'country_id', target: targets.country } },
      show: (rows) =>
        rows.map((row) => ({ city_id: Number(row.id), name: String(row.name), country_id: Number(row.country_id) })),
    },
    league: {
      name: 'League',
      table: 'league',
      fields: { name: { column: 'name' }, country_id: { column: 'country_id', target: targets.country } },
      show: (rows) =>
        rows.map((row) => ({
          league_id: Number(row.id),
          name: String(row.name),
          country_id: row.country_id === null ? null : Number(row.country_id),
        })),
    },
    operator: operatorKind(store, accounts, targets, withNames),
    coach: coachKind(store, accounts, targets, withNames),
    team: teamKind(store, targets),
  };
}

type Targets = Readonly<Record<'country' | 'city' | 'league' | 'club' | 'coach' | 'user', Target>>;
type WithNames = <Shown>(rows: readonly Row[], show: (row: Row, user: UserName) => Shown) => Promise<Shown[]>;

function operatorKind(
  store: TeamStore,
  accounts: AccountsService,
  { user, country, city, league }: Targets,
  withNames: WithNames,
): Kinds['operator'] {
  return {
    name: 'Operator',
    table: 'operator',
    fields: {
      user_id: { column: 'user_id', target: user },
      club_name: { column: 'club_name' },
      address: { column: 'address' },
      country_id: { column: 'country_id', target: country },
      city_id: { column: 'city_id', target: city },
      league_id: { column: 'league_id', target: league },
    },
    joined: { country: 'country.name', city: 'city.name', league: 'league.name' },
    joins: { country: 'operator.country_id', city: 'operator.city_id', league: 'operator.league_id' },
    show: (rows) =>
      withNames(rows, (row, named) => ({
        operator_id: Number(row.id),
        user: named,
        club_name: String(row.club_name),
        address: String(row.address),
        country: String(row.country),
        city: String(row.city),
        league: String(row.league),
      })),
    async check(_, after, { unit }) {
      if (!after) return;
      const inCity = await store.city(Number(after.city_id), unit);
      if (inCity?.countryId !== after.country_id) throw invalidRequest('City is not in the country', '/city_id');
      const inLeague = await store.league(Number(after.league_id), unit);
      if (inLeague && inLeague.countryId !== null && inLeague.countryId !== after.country_id) {
        throw invalidRequest('League is of another country', '/league_id');
      }
    },
    async written(after, { unit }) {
      await accounts.raise(Number(after.user_id), 'operator', unit);
    },
  };
}

function coachKind(
  store: TeamStore,
  accounts: AccountsService,
  { user, club }: Targets,
  withNames: WithNames,
): Kinds['coach'] {
  const reach = createReach(store);
  return {
    name: 'Coach',
    table: 'coach',
    fields: {
      user_id: { column: 'user_id', target: user },
      club_id: { column: 'operator_id', target: club },
    },
    joined: { club_name: 'operator.club_name' },
    joins: { operator: 'coach.operator_id' },
    duplicates: { coach_once: 'User is a coach of this club already' },
    show: (rows) =>
      withNames(rows, (row, named) => ({
        coach_id: Number(row.id),
        user: named,
        club_name: String(row.club_name),
      })),
    async check(current, after, { call, unit }) {
      if (current) await reach.assertClub(Number(current.operator_id), call.principal, unit);
      if (after) await reach.assertClub(Number(after.operator_id), call.principal, unit);
      const moves = current && after && current.operator_id !== after.operator_id;
      if (moves && (await store.hasTeams(Number(current.id), unit))) {
        throw new PalestraError(catalogue.conflict, 'Coach has teams in the club');
      }
    },
    async written(after, { unit }) {
      await accounts.raise(Number(after.user_id), 'coach', unit);
    },
  };
}

function teamKind(store: TeamStore, { club, coach }: Targets): Kinds['team'] {
  const reach = createReach(store);
  return {
    name: 'Team',
    table: 'team',
    fields: {
      coach_id: { column: 'coach_id', target: coach },
      operator_id: { column: 'operator_id', target: club },
      team_name: { column: 'team_name' },
    },
    show: (rows) =>
      rows.map((row) => ({
        team_id: Number(row.id),
        coach_id: Number(row.coach_id),
        operator_id: Number(row.operator_id),
        team_name: String(row.team_name),
      })),
    async check(current, after, { call, unit }) {
      for (const team of [current, after]) {
        if (!team) continue;
        await reach.assertTeam(
          { coachId: Number(team.coach_id), clubId: Number(team.operator_id) },
          call.principal,
          unit,
        );
      }
      if (!after) return;
      const leader = await store.coach(Number(after.coach_id), unit);
      if (leader?.clubId !== after.operator_id) throw invalidRequest('Coach is not of the club', '/coach_id');
    },
  };
}
