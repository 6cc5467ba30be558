/** What must agree between places, clubs, coaches and teams, and who may write them. */
import {
  type AccountsService,
  accountIdOf,
  catalogue,
  includes,
  invalidRequest,
  PalestraError,
  type Principal,
} from '@palestra/core';
import type { Change, ResourceRules, Writing } from '@palestra/server/plugin';
import type { CityTypes, CoachTypes, LeagueTypes, OperatorTypes, TeamTypes } from './contract.generated.js';
import { createAccess, managesAll } from './people/access.js';
import type { Clubs } from './people/clubs.js';
import { assertNamed, completeUsers, withUser } from './people/users.js';
import type { TeamStore } from './store.js';

export interface Rules {
  readonly city: ResourceRules<CityTypes>;
  readonly league: ResourceRules<LeagueTypes>;
  readonly operator: ResourceRules<OperatorTypes>;
  readonly coach: ResourceRules<CoachTypes>;
  readonly team: ResourceRules<TeamTypes>;
}

export interface RuleParts {
  readonly store: TeamStore;
  readonly accounts: AccountsService;
  readonly clubs: Clubs;
}

export function createRules(parts: RuleParts): Rules {
  const { store } = parts;
  return {
    city: {
      async beforeUpdate(before, after, { unit }) {
        const moves = after.country_id !== before.country_id;
        if (moves && (await store.hasClubs('city_id', before.id, unit)))
          throw conflict('City has clubs in the country');
      },
    },
    league: {
      async beforeUpdate({ id, country_id: before }, { country_id: after }, { unit }) {
        if (after === null || after === before) return;
        if (await store.hasClubs('league_id', id, unit, after)) throw conflict('League has clubs in another country');
      },
    },
    operator: operatorRules(parts),
    coach: coachRules(parts),
    team: teamRules(parts),
  };
}

function operatorRules(parts: RuleParts): Rules['operator'] {
  const { store, clubs } = parts;
  const assertPlace: NonNullable<Rules['operator']['beforeCreate']> = async (after, { unit }) => {
    const [city, league] = [await store.city(after.city_id, unit), await store.league(after.league_id, unit)];
    if (city?.countryId !== after.country_id) throw invalidRequest('City is not in the country', '/city_id');
    if (league && league.countryId !== null && league.countryId !== after.country_id) {
      throw invalidRequest('League is of another country', '/league_id');
    }
  };
  return {
    ...positionRules(parts, 'operator'),
    beforeCreate: assertPlace,
    beforeUpdate: (_, after, writing) => assertPlace(after, writing),
    beforeDelete: ({ id }, { unit }) => clubs.deleted(id, unit),
  };
}

function coachRules(parts: RuleParts): Rules['coach'] {
  const { store, clubs } = parts;
  const { assertClub } = createAccess(store, clubs);
  return {
    ...positionRules(parts, 'coach'),
    beforeCreate: (after, writing) => assertClub(after.club_id, writing),
    async beforeUpdate(before, after, writing) {
      await assertClub(before.club_id, writing);
      await assertClub(after.club_id, writing);
      const moves = after.club_id !== before.club_id;
      if (moves && (await store.hasTeams(before.id, writing.unit))) throw conflict('Coach has teams in the club');
    },
    beforeDelete: (before, writing) => assertClub(before.club_id, writing),
  };
}

interface Position {
  readonly user_id: number;
}

/**
 * A user gets the role with the position and keeps it until the last one ends. What an admin decides ends the tokens that
 * say otherwise; an operator's decisions end no sessions.
 */
function positionRules({ store, accounts }: RuleParts, role: 'operator' | 'coach') {
  return {
    complete: (rows: Parameters<typeof completeUsers>[0]) => completeUsers(rows, accounts),
    async prepare<Input extends object>(
      input: Input,
      { current, principal }: { readonly current: Position | undefined; readonly principal: Principal },
    ): Promise<Record<string, unknown>> {
      const named = await withUser(input, principal, accounts);
      if (!current) assertNamed(named);
      return named;
    },
    async afterChange({ before, after }: Change<Position>, { unit }: Writing): Promise<void> {
      if (after) await accounts.raise(after.user_id, role, unit, { endTokens: role === 'operator' });
      if (!before || before.user_id === after?.user_id) return;
      await accounts.lower(before.user_id, () => store.positionOf(before.user_id, unit), unit);
    },
  };
}

function teamRules({ store, clubs: service }: RuleParts): Rules['team'] {
  const { assertTeam } = createAccess(store, service);
  const assertCoach: NonNullable<Rules['team']['beforeCreate']> = async (after, { unit }) => {
    const coach = await store.coach(after.coach_id, unit);
    if (coach?.clubId !== after.operator_id) throw invalidRequest('Coach is not of the club', '/coach_id');
  };
  return {
    async readable(principal) {
      if (managesAll(principal)) return undefined;
      const account = accountIdOf(principal) ?? 0;
      const teams = await store.playedIn(account);
      const coaches = includes(principal.privilege, 'coach') ? await store.coachedBy(account) : [];
      const clubs = includes(principal.privilege, 'operator') ? await store.clubs.ownedBy(account) : [];
      return [
        ...teams.map((id) => ['team_id', id] as const),
        ...coaches.map(({ id }) => ['coach_id', id] as const),
        ...clubs.map(({ id }) => ['operator_id', id] as const),
      ];
    },
    async beforeCreate(after, writing) {
      await assertTeam(after, writing);
      await assertCoach(after, writing);
    },
    async beforeUpdate(before, after, writing) {
      await assertTeam(before, writing);
      await assertTeam(after, writing);
      await assertCoach(after, writing);
    },
    beforeDelete: (before, writing) => assertTeam(before, writing),
  };
}

function conflict(message: string): PalestraError {
  return new PalestraError(catalogue.conflict, message);
}
