/** `client.stams` */
import type { Caller, CallOptions } from '../call.js';
import type { components } from '../generated/openapi.js';
import * as operations from '../generated/operations.js';
import { type List, wholeList } from '../list.js';
import type { ClientPlugin } from '../plugin.js';
import type { Game } from './collections.js';

type Schemas = components['schemas'];

export type Stams = Schemas['Stams'];
export type StamsDetail = Schemas['StamsDetail'];
export type StoredResult = Schemas['StoredResult'];

/** What a STAMS does with its own token: `createClient({ tokens: memoryTokens({ accessToken: stamsToken }) })`. */
export interface StamsSelfApi {
  /** Its identity and configuration. */
  get(options?: CallOptions): Promise<Schemas['StamsSelf']>;
  /** Tells that it is alive, and how; gives the time and the revision of the games. */
  report(status: Schemas['StamsStatus'], options?: CallOptions): Promise<Schemas['StatusTaken']>;
  games(options?: CallOptions): List<Game>;
  /** A batch; a `result_uid` sent twice counts once. */
  send(results: readonly Schemas['Result'][], options?: CallOptions): Promise<Schemas['ResultsTaken']>;
}

/** The station control units of clubs: registered by the provisioner, connected by administrators. */
export interface StamsApi {
  /** With the provisioner's token. @throws ClientError `invalid` (the `provisioning_uid` is registered already) */
  register(stams: Schemas['StamsRegistration'], options?: CallOptions): Promise<Schemas['StamsToken']>;
  /** Gives a STAMS to an operator. @throws ClientError `not_found`, `permission` */
  connect(connection: Schemas['StamsConnection'], options?: CallOptions): Promise<void>;
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

export interface ResultRange {
  readonly after?: number;
  readonly find?: number;
}

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
