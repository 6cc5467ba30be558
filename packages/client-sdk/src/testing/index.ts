/**
 * `@palestra/client/testing`: a server in memory, for the tests of an app. It keeps gyms, merchandise with their stock,
 * users and purchases, and fails as it is told:
 *
 * ```ts
 * const server = fakeServer();
 * const client = createClient(server.options);
 * server.fail('performTransaction', 'reply_lost'); // it took effect, and the app does not know
 * ```
 */
import { catalogue, type ErrorFact, isPalestraError, PalestraError, problemMediaType, problemOf } from '@palestra/core';
import type { CryptoProvider } from '../crypto/provider.js';
import type { OperationErrors } from '../generated/error-codes.js';
import { everyOperation } from '../generated/operations.js';
import type { Gym, GymData } from '../resources/gym.js';
import type { Merchandise, MerchandiseData } from '../resources/merchandise.js';
import type { User } from '../resources/profile.js';
import type { Transport, TransportInit, TransportResponse } from '../runtime/transport.js';
import { answers, type FakeAnswer, type FakeRequest } from './answers.js';
import { fakeCrypto, fakeKey, openFake } from './sealing.js';
import { type FakeUser, World } from './world.js';

export type { FakeAnswer, FakeRequest } from './answers.js';
export type { FakeUser } from './world.js';

/** `lost`: the request does not arrive. `reply_lost`: it takes effect, and the answer does not arrive. */
export type FakeFailure<Id extends keyof OperationErrors> = 'lost' | 'reply_lost' | OperationErrors[Id];

/** A server in memory. */
export interface FakeServer {
  /** For `createClient`. */
  readonly options: { readonly baseUrl: string; readonly transport: Transport; readonly crypto: CryptoProvider };
  /** Every request that arrived, in that order. */
  readonly requests: readonly FakeRequest[];
  gym(data: GymData): Gym;
  merchandise(data: MerchandiseData): Merchandise;
  /** A user who can sign in; a player, unless `role` says otherwise. */
  user(data: Partial<User> & { readonly username: string; readonly password: string }): FakeUser;
  /** What is stored now. */
  find(collection: 'gyms' | 'merchandise' | 'users' | 'records', id: string): object | undefined;
  /** Fails the next `times` requests of the operation (1). */
  fail<Id extends keyof OperationErrors>(operationId: Id, failure: FakeFailure<Id>, times?: number): void;
  /** Answers an operation that the fake does not have, or in another way. */
  on(operationId: keyof OperationErrors, answer: FakeAnswer): void;
}

const baseUrl = 'https://palestra.test';

/** @param now the time in milliseconds; the clock by default */
export function fakeServer(now: () => number = Date.now): FakeServer {
  const world = new World(now);
  const tokens = new Map<string, string>();
  const failures = new Map<string, string[]>();
  const kept = new Map<string, TransportResponse>();
  const requests: FakeRequest[] = [];
  const table = new Map(Object.entries({ ...answers, ...sessions(world, tokens) }));

  const transport: Transport = async (url, init) => {
    const request = read(url, init, world, tokens);
    const failure = failures.get(request.operationId)?.shift();
    if (failure === 'lost') throw new TypeError('The request was lost.');
    const key = init.headers['idempotency-key'] ?? '';
    const answer = kept.get(key) ?? respond(request, failure, table, world);
    if (!kept.has(key)) requests.push(request);
    if (key && answer.status < 300) kept.set(key, answer);
    if (failure === 'reply_lost') throw new TypeError('The reply was lost.');
    return answer;
  };

  return {
    options: { baseUrl, transport, crypto: fakeCrypto },
    requests,
    gym: (data) => world.addGym(data),
    merchandise: (data) => world.addMerchandise(data),
    user: (data) => world.addUser(data),
    find: (collection, id) => world[collection].get(id),
    fail: (id, failure, times = 1) =>
      void failures.set(id, [...(failures.get(id) ?? []), ...Array<string>(times).fill(failure)]),
    on: (id, answer) => void table.set(id, answer),
  };
}

/** Registration, sign-in, renewal and sign-out. */
function sessions(world: World, tokens: Map<string, string>): Record<string, FakeAnswer> {
  let issued = 0;
  const issue = ({ _id }: FakeUser) => {
    issued += 1;
    const claims = { sub: String(Number(_id)) };
    // The client reads the claims of a token; nothing verifies it.
    const access = `fake.${encode(JSON.stringify(claims))}.${issued}`;
    tokens.set(access, _id).set(`refresh-${issued}`, _id);
    return { token_type: 'bearer', access_token: access, refresh_token: `refresh-${issued}`, expires_in: 3600 };
  };
  const holder = (token: unknown) => world.users.get(tokens.get(String(token)) ?? '');
  return {
    getServerKey: () => fakeKey,
    register: ({ body }) => issue(world.addUser(body as never)),
    authenticate: ({ body }) => {
      const { username, password } = Object(body);
      const user = [...world.users.values()].find((each) => each.username === username && each.password === password);
      if (user) return issue(user);
      throw new PalestraError(catalogue.credentialsInvalid, 'The user name or the password is wrong.');
    },
    refresh: ({ body }) => {
      const user = holder(Object(body).refresh_token);
      if (user) return issue(user);
      throw new PalestraError(catalogue.tokenInvalid, 'The token is not valid.');
    },
    logout: ({ body }) => {
      tokens.delete(String(Object(body).refresh_token));
      return {};
    },
  };
}

function encode(text: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  const bits = Array.from(text, (char) => char.charCodeAt(0).toString(2).padStart(8, '0')).join('');
  return (bits.match(/.{1,6}/g) ?? []).map((six) => alphabet[Number.parseInt(six.padEnd(6, '0'), 2)]).join('');
}

function read(url: string, init: TransportInit, world: World, tokens: Map<string, string>): FakeRequest {
  const [path = '', search = ''] = url.slice(baseUrl.length).split('?');
  const operation = everyOperation
    .filter(({ method }) => method === init.method)
    .map((each) => ({ each, match: path.match(`^${each.path.replace(/{(\w+)}/g, '(?<$1>[^/]+)')}$`) }))
    .filter(({ match }) => match)
    .sort((a, b) => a.each.path.split('{').length - b.each.path.split('{').length)[0];
  if (!operation) throw new Error(`The contract has no ${init.method} ${path}`);
  const { authorization = '' } = init.headers;
  const [scheme, credential = ''] = authorization.split(' ');
  const body = init.body === undefined ? undefined : JSON.parse(init.body);
  const sealed =
    operation.each.sealed === 'body' ? body.sealed : scheme === 'Bearer' ? undefined : credential || undefined;
  const pairs = search
    .split('&')
    .filter(Boolean)
    .map((pair) => pair.split('=').map(decodeURIComponent));
  return {
    operationId: operation.each.id,
    params: { ...operation.match?.groups },
    query: Object.fromEntries(pairs),
    body: sealed === undefined ? body : openFake(sealed),
    user: world.users.get(tokens.get(credential) ?? ''),
  };
}

function respond(
  request: FakeRequest,
  failure: string | undefined,
  table: ReadonlyMap<string, FakeAnswer>,
  world: World,
): TransportResponse {
  const operation = everyOperation.find(({ id }) => id === request.operationId);
  try {
    if (failure !== undefined && failure !== 'reply_lost') throw errorOf(failure);
    const answer = table.get(request.operationId);
    if (!answer) throw new Error(`The fake has no ${request.operationId}: give it an answer by on()`);
    const data = answer(request, world);
    return responseOf(200, operation?.bare ? data : { success: true, data, exceptionMessage: '' });
  } catch (error) {
    if (!isPalestraError(error)) throw error;
    return responseOf(error.fact.status, problemOf(error, error.fact.status, 'fake'), problemMediaType);
  }
}

function errorOf(code: string): PalestraError {
  const fact = Object.values<ErrorFact>(catalogue).find((each) => each.code === code);
  const own: ErrorFact = { code, status: 409, exceptionType: 'ConflictError', title: code };
  return new PalestraError(fact ?? own, code.replaceAll('_', ' '));
}

function responseOf(status: number, body: unknown, type = 'application/json'): TransportResponse {
  return {
    status,
    headers: { get: (name) => (name.toLowerCase() === 'content-type' ? type : null) },
    text: () => Promise.resolve(JSON.stringify(body)),
  };
}
