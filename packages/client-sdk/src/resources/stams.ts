/** `client.stams` */
import type { Caller, CallOptions } from '../call.js';
import type { components } from '../generated/openapi.js';
import * as operations from '../generated/operations.js';
import { type List, wholeList } from '../list.js';
import type { ClientPlugin } from '../plugin.js';
import type { Game } from './collections.js';

type Schemas = components['schemas'];

/** A station control unit of a club. @interface */
export type Stams = Schemas['Stams'];
/** One with what it last said of itself. @interface */
export type StamsDetail = Schemas['StamsDetail'];
/** A result that a STAMS has sent, in the order of arrival. @interface */
export type StoredResult = Schemas['StoredResult'];
/** A new STAMS, by the provisioner. @interface */
export type StamsRegistration = Schemas['StamsRegistration'];
/** The token that the STAMS then has, for as long as nobody revokes it. @interface */
export type StamsToken = Schemas['StamsToken'];
/** Which STAMS goes to which operator. @interface */
export type StamsConnection = Schemas['StamsConnection'];
/** What a STAMS learns of itself. @interface */
export type StamsSelf = Schemas['StamsSelf'];
/** How a STAMS is. @interface */
export type StamsStatus = Schemas['StamsStatus'];
/** The time by the server, and the revision of the games. @interface */
export type StatusTaken = Schemas['StatusTaken'];
/** One result; `result_uid` is made by the STAMS. @interface */
export type Result = Schemas['Result'];
/** How many were new. @interface */
export type ResultsTaken = Schemas['ResultsTaken'];

/** What a STAMS does with its own token: `createClient({ tokens: memoryTokens({ accessToken: stamsToken }) })`. */
export interface StamsSelfApi {
  /** Its identity and configuration. */
  get(options?: CallOptions): Promise<StamsSelf>;
  /** Tells that it is alive, and how; gives the time and the revision of the games. */
  report(status: StamsStatus, options?: CallOptions): Promise<StatusTaken>;
  games(options?: CallOptions): List<Game>;
  /** A batch; a `result_uid` sent twice counts once. */
  send(results: readonly Result[], options?: CallOptions): Promise<ResultsTaken>;
}

/** The station control units of clubs: registered by the provisioner, connected by administrators. */
export interface StamsApi {
  /** With the provisioner's token. @throws ClientError `invalid` (the `provisioning_uid` is registered already) */
  register(stams: StamsRegistration, options?: CallOptions): Promise<StamsToken>;
  /** Gives a STAMS to an operator. @throws ClientError `not_found`, `permission` */
  connect(connection: StamsConnection, options?: CallOptions): Promise<void>;
  /** An operator's own; all, for administrators. */
  list(options?: CallOptions): List<Stams>;
  /** @throws ClientError `not_found` */
  get(uid: number, options?: CallOptions): Promise<StamsDetail>;
  rename(uid: number, displayName: string, options?: CallOptions): Promise<Stams>;
  /** Its token ends at once, until it is provisioned anew. */
  revokeToken(uid: number, options?: CallOptions): Promise<void>;
  /** What it has sent, behind the `result_id` `after`, at most `find`. */
  results(uid: number, range?: ResultRange, options?: CallOptions): List<StoredResult>;
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
    const at = (uid: number) => ({ uid: String(uid) });
    return {
      register: (body, options) => call(operations.registerStams, { body }, options),
      async connect(body, options) {
        await call(operations.connectStams, { body }, options);
      },
      list: (options) => wholeList(() => call(operations.allStams, {}, options)),
      get: async (uid, options) => (await call(operations.getStams, { params: at(uid) }, options)).stams,
      rename: async (uid, display_name, options) =>
        (await call(operations.renameStams, { params: at(uid), body: { display_name } }, options)).stams,
      async revokeToken(uid, options) {
        await call(operations.revokeStamsToken, { params: at(uid) }, options);
      },
      results: (uid, query = {}, options) =>
        wholeList(() => call(operations.listStamsResults, { params: at(uid), query }, options)),
      self: self(call),
    };
  },
};

function self(call: Caller['call']): StamsSelfApi {
  return {
    get: (options) => call(operations.getSelf, {}, options),
    report: (body, options) => call(operations.putSelfStatus, { body }, options),
    games: (options) => wholeList(() => call(operations.listSelfGames, {}, options)),
    send: (results, options) => call(operations.postSelfResults, { body: { results: [...results] } }, options),
  };
}
