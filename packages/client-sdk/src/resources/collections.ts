/** The collections under `client.club`, apart from its teams. */
import type { Caller, CallOptions } from '../call.js';
import type { components } from '../generated/openapi.js';
import * as operations from '../generated/operations.js';
import { type Collection, collection } from './collection.js';

type Schemas = components['schemas'];

/** A country. @interface */
export type Country = Schemas['Country'];
/** A city of a country. @interface */
export type City = Schemas['City'];
/** A league, of a country or of none. @interface */
export type League = Schemas['League'];
/** A club and who runs it. @interface */
export type Operator = Schemas['Operator'];
/** A user who coaches at a club. @interface */
export type Coach = Schemas['Coach'];
/** What a STAMS can play; `config` is whatever it needs for that. @interface */
export type Game = Schemas['Game'];

type Countries = { item: Country; create: Schemas['CountryCreation']; update: Schemas['CountryFields'] };
type Cities = { item: City; create: Schemas['CityCreation']; update: Schemas['CityFields'] };
type Leagues = { item: League; create: Schemas['LeagueCreation']; update: Schemas['LeagueFields'] };
type Operators = { item: Operator; create: Schemas['OperatorCreation']; update: Schemas['OperatorFields'] };
type Coaches = { item: Coach; create: Schemas['CoachCreation']; update: Schemas['CoachFields'] };
/** `gameConfigDTO`, or `name` with `config`. */
type Games = { item: Game; create: Schemas['GameFields']; update: Schemas['GameFields'] };

/** Read by every user, written by administrators unless they say otherwise. */
export interface CollectionsApi {
  readonly countries: Collection<Countries>;
  readonly cities: Collection<Cities>;
  readonly leagues: Collection<Leagues>;
  /** Clubs: a `club_id` is an `operator_id`. */
  readonly operators: Collection<Operators> & {
    /** As `create`, by the seed's own endpoint. */
    add(operator: Operators['create'], options?: CallOptions): Promise<Operator>;
  };
  readonly coaches: Collection<Coaches> & {
    /** By the operator of the club. */
    add(coach: Coaches['create'], options?: CallOptions): Promise<Coach>;
  };
  readonly games: Collection<Games> & {
    /** As `create`, by the seed's own endpoint. */
    add(game: Schemas['AddedGame'], options?: CallOptions): Promise<Game>;
  };
}

const of = {
  country: {
    list: operations.listCountries,
    get: operations.getCountry,
    create: operations.createCountry,
    update: operations.updateCountry,
    delete: operations.deleteCountry,
  },
  city: {
    list: operations.listCities,
    get: operations.getCity,
    create: operations.createCity,
    update: operations.updateCity,
    delete: operations.deleteCity,
  },
  league: {
    list: operations.listLeagues,
    get: operations.getLeague,
    create: operations.createLeague,
    update: operations.updateLeague,
    delete: operations.deleteLeague,
  },
  operator: {
    list: operations.listOperators,
    get: operations.getOperator,
    create: operations.createOperator,
    update: operations.updateOperator,
    delete: operations.deleteOperator,
  },
  coach: {
    list: operations.listCoaches,
    get: operations.getCoach,
    create: operations.createCoach,
    update: operations.updateCoach,
    delete: operations.deleteCoach,
  },
  game: {
    list: operations.listGames,
    get: operations.getGame,
    create: operations.createGame,
    update: operations.updateGame,
    delete: operations.deleteGame,
  },
};

export function collections(caller: Caller): CollectionsApi {
  const { call } = caller;
  return {
    countries: collection<Countries>(caller, { singular: 'country' }, of.country),
    cities: collection<Cities>(caller, { singular: 'city' }, of.city),
    leagues: collection<Leagues>(caller, { singular: 'league' }, of.league),
    operators: {
      ...collection<Operators>(caller, { singular: 'operator' }, of.operator),
      add: async (body, options) => (await call(operations.addOperator, { body }, options)).operator,
    },
    coaches: {
      ...collection<Coaches>(caller, { singular: 'coach' }, of.coach),
      add: async (body, options) => (await call(operations.addCoach, { body }, options)).coach,
    },
    games: {
      ...collection<Games>(caller, { singular: 'game' }, of.game),
      add: async (body, options) => (await call(operations.addGame, { body }, options)).game,
    },
  };
}
