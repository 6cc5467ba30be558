/** `createClient` has every operation; `createLeanClient` only the parts it is given, for small bundles. */
import { checkBaseUrl } from './call/base-url.js';
import type { Answer, CallOptions } from './call/call.js';
import { type Connection, connect } from './connect.js';
import type { Arguments, Operation, RequestFor, ResultFor } from './contract/operation.js';
import { isClientError } from './errors/client-error.js';
import { asClientError, localError, optionError } from './errors/local-error.js';
import type * as builtIn from './generated/operations.js';
import { everyOperation } from './generated/operations.js';
import type { ClientOptions, LeanClientOptions } from './options.js';
import { type AdminApi, admin } from './resources/admin.js';
import { type AuthApi, auth } from './resources/auth.js';
import { type ClubApi, club } from './resources/club.js';
import { type DiscoveryApi, discovery } from './resources/discovery.js';
import { type GymApi, gym } from './resources/gym.js';
import { type KeysApi, keys } from './resources/keys.js';
import { type MerchandiseApi, merchandise } from './resources/merchandise.js';
import type { AnyClientPlugin, ApisOf, Caller, OperationsOf } from './resources/plugin.js';
import { type ProfileApi, profile } from './resources/profile.js';
import { type RecoveryApi, recovery } from './resources/recovery.js';
import { type StaffApi, staff } from './resources/staff.js';
import { type StamsApi, stams } from './resources/stams.js';
import { type TransactionApi, transaction } from './resources/transaction.js';
import { reliableTokens } from './session/reliable-tokens.js';
import { memoryTokens, type TokenStore, type Tokens } from './session/tokens.js';
import { observing } from './steps/observe.js';

/** The operations of a server with the built-in plugins, by `operationId`. */
export type BuiltInOperations = Omit<typeof builtIn, 'everyOperation'>;

type OperationOf<Table, Id extends keyof Table> = Table[Id] extends Operation ? Table[Id] : never;

/** Every operation of the server. Each call rejects with a `ClientError` and nothing else. */
export interface Client<Operations = BuiltInOperations> {
  /** Register, sign in, sign out. */
  readonly auth: AuthApi;
  /** A new password for those who forgot theirs. */
  readonly recovery: RecoveryApi;
  /** The user who is signed in. */
  readonly profile: ProfileApi;
  readonly gym: GymApi;
  /** Who works for a gym besides its owner and its club. */
  readonly staff: StaffApi;
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
  /**
   * As `call`, with status and headers: `const { data, header } = await client.raw('listGyms')`. With an `if-none-match`
   * header, `data` is undefined under status 304, while what you have is current.
   */
  raw<Id extends keyof Operations & string>(
    operationId: Id,
    ...args: Arguments<RequestFor<OperationOf<Operations, Id>>, CallOptions>
  ): Promise<Answer<ResultFor<OperationOf<Operations, Id>> | undefined>>;
  /** The same client for another session, such as that of the request which a server answers. */
  as(tokens: Tokens | TokenStore): this;
}

const parts = [
  auth,
  recovery,
  profile,
  gym,
  staff,
  merchandise,
  discovery,
  transaction,
  club,
  stams,
  admin,
  keys,
] as const;

/** A client of the server at `baseUrl`: `createClient({ baseUrl: 'https://gym.example' })`. Creating it sends nothing. */
export function createClient<const Plugins extends readonly AnyClientPlugin[] = readonly []>(
  options: ClientOptions<Plugins>,
): Client<BuiltInOperations & OperationsOf<Plugins>> & ApisOf<Plugins> {
  try {
    checkBaseUrl(options.baseUrl);
    const { plugins = [], tokens } = options;
    const connection = connect({ ...options, ...(tokens && { tokens: storeOf(tokens) }) }, [observing(options)]);
    return clientOf(connection, [...parts, ...plugins]) as never;
  } catch (cause) {
    throw isClientError(cause) ? cause : optionError(cause);
  }
}

function clientOf({ run, scope, as }: Connection, plugins: readonly AnyClientPlugin[]): object {
  const operationOf = (id: string): Operation => {
    const tables = plugins.flatMap(({ operations }) => Object.values<Operation | undefined>(operations ?? {}));
    const operation = [...tables, ...everyOperation].find((each) => each?.id === id);
    if (operation) return operation;
    throw localError('operation_unknown', 'invalid', { operation: { id } }, id);
  };
  const own = guarded('client', {
    call: (id: string, ...request: [object?, CallOptions?]) => scope.call(operationOf(id), ...request),
    raw: (id: string, ...request: [object?, CallOptions?]) => run(operationOf(id), ...request),
    as: (tokens: Tokens | TokenStore) => clientOf(as(storeOf(tokens)), plugins),
  }) as object;
  return withParts(own, plugins, ({ name, setup }) => guarded(name, setup(scope)));
}

function storeOf(tokens: Tokens | TokenStore): TokenStore {
  if ('accessToken' in tokens) return memoryTokens(tokens);
  return tokens.bind ? tokens : reliableTokens(tokens);
}

/** The same API, whose functions throw nothing but a `ClientError`, whatever they are called with. */
function guarded(name: string, api: unknown): unknown {
  if (typeof api !== 'function') {
    if (typeof api !== 'object' || api === null) return api;
    return Object.fromEntries(Object.entries(api).map(([key, value]) => [key, guarded(`${name}.${key}`, value)]));
  }
  const wrong = (cause: unknown) => asClientError(cause, 'parameter_invalid', 'invalid', { operation: { id: name } });
  // With `await`, so that the stack of an error shows who called.
  const settle = async (result: Promise<unknown>) => {
    try {
      return await result;
    } catch (cause) {
      throw wrong(cause);
    }
  };
  return (...args: unknown[]) => {
    try {
      const result = api(...args);
      return result instanceof Promise ? settle(result) : result;
    } catch (cause) {
      return Promise.reject(wrong(cause));
    }
  };
}

/** A client without built-in parts: `call` takes an operation's constant. */
export type LeanClient = Pick<Caller, 'call'>;

/**
 * A client with the parts in `plugins` and no others: `createLeanClient({ baseUrl, plugins: [auth, gym] })`. All other
 * parts are left out of the bundle, and what names an app's mistakes: develop with `createClient`.
 */
export function createLeanClient<const Plugins extends readonly AnyClientPlugin[]>(
  options: LeanClientOptions<Plugins>,
): LeanClient & ApisOf<Plugins> {
  const { scope } = connect(options);
  return withParts({ call: scope.call }, options.plugins ?? [], ({ setup }) => setup(scope)) as never;
}

/** Each part is set up when it is first used. */
function withParts(
  client: object,
  plugins: readonly AnyClientPlugin[],
  setUp: (plugin: AnyClientPlugin) => unknown,
): object {
  for (const plugin of plugins) {
    const { name } = plugin;
    if (Object.keys(client).includes(name)) throw optionError(`two plugins are named ${name}`);
    let api: unknown;
    const get = () => {
      api ??= setUp(plugin);
      return api;
    };
    Object.defineProperty(client, name, { enumerable: true, get });
  }
  return client;
}
