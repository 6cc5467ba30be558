/** `client.stams` */
import type { CallOptions } from '../call/call.js';
import type { components } from '../generated/openapi.js';
import * as operations from '../generated/operations.js';
import type { Game } from './club-data.js';
import { type List, wholeList } from './list.js';
import { pathId } from './path-id.js';
import type { Caller, ClientPlugin } from './plugin.js';
import type { Schema } from './schema.js';

type Schemas = components['schemas'];

/** A STAMS (Starball Management System): a training device of a club. */
export interface Stams extends Schema<'Stams'> {}
/** A STAMS with its last reported status. */
export interface StamsDetail extends Schema<'StamsDetail'> {}
/** A result that a STAMS has sent, in the order of arrival. */
export interface StoredResult extends Schema<'StoredResult'> {}
/** A result, and the STAMS that it came from. */
export interface PlayedResult extends Schema<'PlayedResult'> {}
/** A new STAMS, by the provisioner. @interface */
export type StamsRegistration = Schemas['StamsRegistration'];
/** The token of the STAMS; it has no expiry and is valid until it is revoked. */
export interface StamsToken extends Schema<'StamsToken'> {}
/** Which STAMS is connected to which operator. @interface */
export type StamsConnection = Schemas['StamsConnection'];
/** A STAMS's own identity and configuration. */
export interface StamsSelf extends Schema<'StamsSelf'> {}
/** The status that a STAMS reports: firmware version, uptime and further values. @interface */
export type StamsStatus = Schemas['StamsStatus'];
/** The server's time, and the revision of the games. */
export interface StatusTaken extends Schema<'StatusTaken'> {}
/** One result; `result_uid` is made by the STAMS. @interface */
export type Result = Schemas['Result'];
/** How many were new. */
export interface ResultsTaken extends Schema<'ResultsTaken'> {}

/** What a STAMS does with its own token: `createClient({ tokens: memoryTokens({ accessToken: stamsToken }) })`. */
export interface StamsSelfApi {
  /** Its identity and configuration. */
  get(options?: CallOptions): Promise<StamsSelf>;
  /** Reports the status; gives the server's time and the revision of the games. */
  report(status: StamsStatus, options?: CallOptions): Promise<StatusTaken>;
  games(options?: CallOptions): List<Game>;
  /** Sends a batch of results; a `result_uid` sent twice counts once. */
  send(results: readonly Result[], options?: CallOptions): Promise<ResultsTaken>;
}

/** STAMS, the training devices of clubs: registered by the provisioner, connected by administrators. */
export interface StamsApi {
  /** With the provisioner's token. @throws ClientError `invalid` (the `provisioning_uid` is registered already) */
  register(stams: StamsRegistration, options?: CallOptions): Promise<StamsToken>;
  /** Connects a STAMS to an operator. @throws ClientError `not_found`, `permission` */
  connect(connection: StamsConnection, options?: CallOptions): Promise<void>;
  /** Those of the operator; all of them, for administrators. */
  list(options?: CallOptions): List<Stams>;
  /** @throws ClientError `not_found` */
  get(uid: number, options?: CallOptions): Promise<StamsDetail>;
  rename(uid: number, displayName: string, options?: CallOptions): Promise<Stams>;
  /** Revokes its token at once; the STAMS then has to be registered again. */
  revokeToken(uid: number, options?: CallOptions): Promise<void>;
  /** Its results, after the `result_id` `after`, at most `find`. */
  results(uid: number, range?: ResultRange, options?: CallOptions): List<StoredResult>;
  /** Results that are the caller's to see, of every STAMS: a player's own, a coach's those of players and club. */
  played(range?: ResultRange, options?: CallOptions): List<PlayedResult>;
  /** For the STAMS itself. */
  readonly self: StamsSelfApi;
}

/** Which part of a STAMS's results. */
export interface ResultRange {
  readonly after?: number;
  readonly find?: number;
}

/** The part behind `client.stams`, for `createLeanClient`. */
export const stams: ClientPlugin<'stams', StamsApi> = {
  name: 'stams',
  setup: ({ call }) => {
    const at = (uid: number) => ({ uid: pathId(uid) });
    return {
      register: (body, options) => call(operations.registerStams, { body }, options),
      async connect(body, options) {
        await call(operations.connectStams, { body }, options);
      },
      list: (options) => wholeList(operations.allStams, () => call(operations.allStams, {}, options)),
      get: async (uid, options) => (await call(operations.getStams, { params: at(uid) }, options)).stams,
      rename: async (uid, display_name, options) =>
        (await call(operations.renameStams, { params: at(uid), body: { display_name } }, options)).stams,
      async revokeToken(uid, options) {
        await call(operations.revokeStamsToken, { params: at(uid) }, options);
      },
      results: (uid, query = {}, options) =>
        wholeList(operations.listStamsResults, () =>
          call(operations.listStamsResults, { params: at(uid), query }, options),
        ),
      played: (query = {}, options) =>
        wholeList(operations.listResults, () => call(operations.listResults, { query }, options)),
      self: self(call),
    };
  },
};

function self(call: Caller['call']): StamsSelfApi {
  return {
    get: (options) => call(operations.getSelf, {}, options),
    report: (body, options) => call(operations.putSelfStatus, { body }, options),
    games: (options) => wholeList(operations.listSelfGames, () => call(operations.listSelfGames, {}, options)),
    send: (results, options) => call(operations.postSelfResults, { body: { results: [...results] } }, options),
  };
}
