/** `createClient` has every operation; `createLeanClient` only the parts it is given, for small bundles. */
import type { CallOptions } from './call/call.js';
import { connect } from './connect.js';
import type { Arguments, Operation, RequestFor, ResultFor } from './contract/operation.js';
import * as builtIn from './generated/operations.js';
import type { ClientOptions } from './options.js';
import { type AdminApi, admin } from './resources/admin.js';
import { type AuthApi, auth } from './resources/auth.js';
import { type ClubApi, club } from './resources/club.js';
import { type DiscoveryApi, discovery } from './resources/discovery.js';
import { type GymApi, gym } from './resources/gym.js';
import { type KeysApi, keys } from './resources/keys.js';
import { type MerchandiseApi, merchandise } from './resources/merchandise.js';
import type { AnyClientPlugin, ApisOf, Caller, OperationsOf, OperationTable, PartScope } from './resources/plugin.js';
import { type ProfileApi, profile } from './resources/profile.js';
import { type StamsApi, stams } from './resources/stams.js';
import { type TransactionApi, transaction } from './resources/transaction.js';

/** The operations of a server with the built-in plugins, by `operationId`. */
export type BuiltInOperations = typeof builtIn;

type OperationOf<Table, Id extends keyof Table> = Table[Id] extends Operation ? Table[Id] : never;

/** Every operation of the server. Each call rejects with a `ClientError` and nothing else. */
export interface Client<Operations = BuiltInOperations> {
  /** Register, sign in, sign out. */
  readonly auth: AuthApi;
  /** The user who is signed in. */
  readonly profile: ProfileApi;
  readonly gym: GymApi;
  /** The classes and subscriptions that gyms sell. */
  readonly merchandise: MerchandiseApi;
  /** Find gyms and merchandise without signing in. */
  readonly discovery: DiscoveryApi;
  /** Purchases and visits. */
  readonly transaction: TransactionApi;
  /** The club API: operators, coaches, teams, leagues, and its own registration and sign-in. */
  readonly club: ClubApi;
  /** STAMS, the training devices of clubs. */
  readonly stams: StamsApi;
  /** Accounts, privileges, audit and backups. */
  readonly admin: AdminApi;
  /** The server's public keys. */
  readonly keys: KeysApi;
  /**
   * Any operation by its `operationId`, typed: `client.call('getGym', { params: { id } })`. Takes `params` (path),
   * `query` and `body` (the plaintext where the operation is sealed), gives `data` of the envelope or the bare body.
   */
  call<Id extends keyof Operations & string>(
    operationId: Id,
    ...args: Arguments<RequestFor<OperationOf<Operations, Id>>, CallOptions>
  ): Promise<ResultFor<OperationOf<Operations, Id>>>;
}

const parts = [auth, profile, gym, merchandise, discovery, transaction, club, stams, admin, keys] as const;

/** A client of the server at `baseUrl`: `createClient({ baseUrl: 'https://gym.example' })`. Creating it sends nothing. */
export function createClient<const Plugins extends readonly AnyClientPlugin[] = readonly []>(
  options: ClientOptions<Plugins>,
): Client<BuiltInOperations & OperationsOf<Plugins>> & ApisOf<Plugins> {
  const scope = connect(options);
  const plugins: readonly AnyClientPlugin[] = [...parts, ...(options.plugins ?? [])];
  const tables: OperationTable[] = [builtIn, ...plugins.map((plugin) => plugin.operations ?? {})];
  const operations: OperationTable = Object.assign({}, ...tables);
  const call = async (operationId: string, request?: object, callOptions?: CallOptions) => {
    const operation = Object.hasOwn(operations, operationId) ? operations[operationId] : undefined;
    if (operation === undefined) throw new TypeError(`There is no operation ${operationId}`);
    return scope.call(operation, request, callOptions);
  };
  return Object.assign(apisOf(scope, plugins), { call }) as never;
}

/** A client without built-in parts: `call` takes an operation's constant. */
export type LeanClient = Pick<Caller, 'call'>;

/**
 * A client with the parts in `plugins` and no others: `createLeanClient({ baseUrl, plugins: [auth, gym] })`. All other
 * parts are left out of the bundle.
 */
export function createLeanClient<const Plugins extends readonly AnyClientPlugin[]>(
  options: ClientOptions<Plugins>,
): LeanClient & ApisOf<Plugins> {
  const scope = connect(options);
  return Object.assign(apisOf(scope, options.plugins ?? []), { call: scope.call }) as never;
}

function apisOf(scope: PartScope, plugins: readonly AnyClientPlugin[]): Record<string, unknown> {
  const apis: Record<string, unknown> = {};
  for (const { name, setup } of plugins) {
    if (Object.hasOwn(apis, name) || name === 'call')
      throw new TypeError(`The client has a part named ${name} already`);
    apis[name] = setup(scope);
  }
  return apis;
}
