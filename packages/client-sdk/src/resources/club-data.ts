/** The collections under `client.club`, apart from its teams. */
import type { CallOptions } from '../call/call.js';
import type { components } from '../generated/openapi.js';
import * as operations from '../generated/operations.js';
import { type Collection, collection } from './collection.js';
import type { Caller } from './plugin.js';
import type { Schema } from './schema.js';

type Schemas = components['schemas'];

/** A country. */
export interface Country extends Schema<'Country'> {}
/** A city of a country. */
export interface City extends Schema<'City'> {}
/** A league, of a country or of no country. */
export interface League extends Schema<'League'> {}
/** A club and who runs it. */
export interface Operator extends Schema<'Operator'> {}
/** A user who coaches at a club. */
export interface Coach extends Schema<'Coach'> {}
/** What a STAMS can play; `config` is whatever it needs for that. */
export interface Game extends Schema<'Game'> {}
/** A new country. @interface */
export type CountryData = Schemas['CountryCreation'];
/** The fields to change. @interface */
export type CountryChange = Schemas['CountryFields'];
/** A new city. @interface */
export type CityData = Schemas['CityCreation'];
/** The fields to change. @interface */
export type CityChange = Schemas['CityFields'];
/** A new league. @interface */
export type LeagueData = Schemas['LeagueCreation'];
/** The fields to change. @interface */
export type LeagueChange = Schemas['LeagueFields'];
/** A new club: who runs it, its name and where it is. @interface */
export type OperatorData = Schemas['OperatorCreation'];
/** The fields to change. @interface */
export type OperatorChange = Schemas['OperatorFields'];
/** A new coach. @interface */
export type CoachData = Schemas['CoachCreation'];
/** The fields to change. @interface */
export type CoachChange = Schemas['CoachFields'];
/** A new game, or its change: `gameConfigDTO`, or `name` with `config`. @interface */
export type GameData = Schemas['GameFields'];
/** A new game as `POST /api/v1/add_game` takes it. @interface */
export type AddedGame = Schemas['AddedGame'];

/** The types of `client.club.countries`. */
export type Countries = { item: Country; create: CountryData; update: CountryChange };
/** The types of `client.club.cities`. */
export type Cities = { item: City; create: CityData; update: CityChange };
/** The types of `client.club.leagues`. */
export type Leagues = { item: League; create: LeagueData; update: LeagueChange };
/** The types of `client.club.operators`. */
export type Operators = { item: Operator; create: OperatorData; update: OperatorChange };
/** The types of `client.club.coaches`. */
export type Coaches = { item: Coach; create: CoachData; update: CoachChange };
/** The types of `client.club.games`. */
export type Games = { item: Game; create: GameData; update: GameData };

/** Every user may read them; administrators write them, where nothing else is said. */
export interface CollectionsApi {
  readonly countries: Collection<Countries>;
  readonly cities: Collection<Cities>;
  readonly leagues: Collection<Leagues>;
  /** Clubs: a `club_id` is an `operator_id`. */
  readonly operators: Collection<Operators> & {
    /** As `create`, by `POST /api/v1/add_operator`. */
    add(operator: Operators['create'], options?: CallOptions): Promise<Operator>;
  };
  readonly coaches: Collection<Coaches> & {
    /** As `create`, by `POST /api/v1/add_coach`: for the operator of the club. */
    add(coach: Coaches['create'], options?: CallOptions): Promise<Coach>;
  };
  readonly games: Collection<Games> & {
    /** As `create`, by `POST /api/v1/add_game`. */
    add(game: AddedGame, options?: CallOptions): Promise<Game>;
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
