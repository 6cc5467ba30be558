/** What the fake server answers, by `operationId`. */
import { catalogue, invalidRequest, PalestraError, permissionDenied } from '@palestra/core';
import { type Collection, type FakeUser, found, type World } from './world.js';

/** A request as the contract has it: `body` is the plaintext where the operation is sealed. */
export interface FakeRequest {
  readonly operationId: string;
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  readonly body: unknown;
  /** Who sends it; undefined for a guest. */
  readonly user: FakeUser | undefined;
}

/** Gives `data` of the envelope, or the bare body. Throws a `PalestraError` for a failure. */
export type FakeAnswer = (request: FakeRequest, world: World) => unknown;

interface Row {
  readonly _id: string;
}

interface Body {
  readonly operation?: string;
  readonly data?: Record<string, unknown>;
  readonly [name: string]: unknown;
}

/** The fake's codes are good as often as there are visits. */
const qrPrefix = 'fake-qr-';

const caller = ({ user }: FakeRequest): FakeUser => {
  if (user) return user;
  throw new PalestraError(catalogue.tokenMissing, 'A token must be passed.');
};
const manager = (request: FakeRequest): FakeUser => {
  if (caller(request).role === 'player') throw permissionDenied();
  return caller(request);
};
const bodyOf = ({ body }: FakeRequest): Body => Object(body);
const text = (request: FakeRequest, name: string): string => {
  const value = bodyOf(request)[name];
  if (typeof value === 'string') return value;
  throw invalidRequest(`${name} is required for the request`, `/${name}`);
};

/** For users who are signed in. */
const forUsers =
  (answer: FakeAnswer): FakeAnswer =>
  (request, world) => {
    caller(request);
    return answer(request, world);
  };

/** `find` and `after` as in a query, and the qualifiers of an envelope. */
function page<Item extends Row>(items: Iterable<Item>, criteria: Readonly<Record<string, unknown>>): Item[] {
  const { find, after, ...qualifiers } = criteria;
  const fits = (item: Item) =>
    Object.entries(qualifiers).every(([field, qualifier]) => {
      const value = (item as unknown as Record<string, unknown>)[field];
      const { equals, contains } = Object(qualifier);
      const part = String(contains ?? '').toLowerCase();
      return (
        (equals === undefined || equals === value) &&
        String(value ?? '')
          .toLowerCase()
          .includes(part)
      );
    });
  const behind = [...items].filter((item) => fits(item) && (after === undefined || item._id > String(after)));
  return Number(find) > 0 ? behind.slice(0, Number(find)) : behind;
}

function withoutPassword({ password: _, ...user }: FakeUser): object {
  return user;
}

/** The operations of a resource; `create` is told who asks. */
function resource<Item extends Row>(
  name: string,
  collection: (world: World) => Collection<Item>,
  create: (world: World, data: never, user: FakeUser) => Item,
): FakeAnswer {
  return forUsers((request, world) => {
    const { operation, data = {} } = bodyOf(request);
    const items = collection(world);
    if (operation === 'query') return page(items.values(), data);
    const user = manager(request);
    if (operation === 'create') return create(world, data as never, user);
    if (operation === 'update')
      return world.change(items, { ...found(items, String(data._id), name), ...data } as Item);
    throw new PalestraError(catalogue.invalidOperation, `Operation ${operation} is not supported`);
  });
}

function reading<Item extends Row>(
  plural: string,
  name: string,
  collection: (world: World) => Collection<Item>,
): Record<string, FakeAnswer> {
  const one = ({ params: { id = '' } }: FakeRequest, world: World) => found(collection(world), id, name);
  return {
    [`list${plural}`]: forUsers(({ query }, world) => page(collection(world).values(), query)),
    [`get${name}`]: forUsers(one),
    [`delete${name}`]: (request, world) => {
      manager(request);
      collection(world).delete(one(request, world)._id);
      return {};
    },
  };
}

const discover =
  <Item extends Row>(collection: (world: World) => Collection<Item>): FakeAnswer =>
  ({ query: { keyword = '', find, after, gym } }, world) => {
    const items = [...collection(world).values()].filter((item) => {
      const { _id, gym: owner = _id } = item as Row & { readonly gym?: string };
      return JSON.stringify(item).toLowerCase().includes(keyword.toLowerCase()) && (!gym || gym === owner);
    });
    return page(items, { find, after });
  };

const settle = (state: 'success' | 'canceled'): FakeAnswer =>
  forUsers((request, world) => world.settle(text(request, 'transactionRecordId'), state));

export const answers: Readonly<Record<string, FakeAnswer>> = {
  ...reading('Gyms', 'Gym', ({ gyms }) => gyms),
  ...reading('Merchandise', 'Merchandise', ({ merchandise }) => merchandise),
  operateGym: resource(
    'Gym',
    ({ gyms }) => gyms,
    (world, data, user) => world.addGym(data, user._id),
  ),
  operateMerchandise: resource(
    'Merchandise',
    ({ merchandise }) => merchandise,
    (world, data) => world.addMerchandise(data),
  ),
  discoverGyms: discover(({ gyms }) => gyms),
  discoverMerchandise: discover(({ merchandise }) => merchandise),
  getProfile: forUsers(({ params: { id = '' } }, world) => withoutPassword(found(world.users, id, 'User'))),
  operateProfile: (request, world) => {
    const { operation, data = {} } = bodyOf(request);
    const me = caller(request);
    return withoutPassword(operation === 'update' ? world.change(world.users, { ...me, ...data } as FakeUser) : me);
  },
  performTransaction: (request, world) => {
    const record = world.purchase(caller(request)._id, text(request, 'merchandiseId'), text(request, 'paymentMethod'));
    const { _id, prepayId, transactionState, expiresAt } = record;
    return { transactionRecordId: _id, prepayId, transactionState, expiresAt, payment: {} };
  },
  verifyTransaction: settle('success'),
  cancelTransaction: settle('canceled'),
  verifyTransactionRecord: (request, world) => {
    manager(request);
    const { qr, transactionRecordId } = bodyOf(request);
    return world.admit(String(transactionRecordId ?? qr).replace(qrPrefix, ''));
  },
  getTransactionRecord: forUsers(({ params: { id = '' } }, world) => {
    const record = found(world.records, id, 'TransactionRecord');
    return { ...record, qr: `${qrPrefix}${record._id}` };
  }),
  listTransactionRecords: forUsers(({ query }, world) => page(world.records.values(), query)),
  operateTransactionRecord: forUsers((request, world) => page(world.records.values(), bodyOf(request).data ?? {})),
};
