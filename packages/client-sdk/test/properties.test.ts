/**
 * Whatever the answers, inputs, stores and options: a right value or a `ClientError` of the right kind; nothing hangs,
 * and nothing is left unhandled. `npm run test:races -- --seed 7` runs the long form.
 */
import {
  type Client,
  type ClientError,
  type ClientOptions,
  createClient,
  type ErrorKind,
  isClientError,
  memoryTokens,
  type TokenStore,
  type Tokens,
} from '@palestra/client';
import { expect } from 'chai';
import fc from 'fast-check';
import { isLong, seed } from './random.js';
import { ok, Wire } from './wire.js';

const runs = { numRuns: isLong ? 5_000 : 150, seed };
const settings = { ...runs, endOnFailure: true };

/** The value, or the error; it hangs if neither comes however much time passes. */
async function outcomeOf(
  wire: Wire,
  work: () => unknown,
): Promise<{ readonly value?: unknown; readonly error?: ClientError }> {
  const settled = (async () => work())().then(
    (value) => ({ value }),
    (error: unknown) => {
      if (isClientError(error)) return { error };
      throw error;
    },
  );
  const late = wire.clock.runFor(settled, 24 * 3_600_000);
  return late;
}

const anything = fc.anything({
  withBigInt: true,
  withBoxedValues: true,
  withDate: true,
  withMap: true,
  withNullPrototype: true,
  withObjectString: true,
  withSet: true,
  withSparseArray: true,
  withTypedArray: true,
});

const calls: Record<string, (client: Client) => PromiseLike<unknown>> = {
  'GET /api/gym': ({ gym }) => gym.list(),
  'GET /api/gym/1': ({ gym }) => gym.get('1'),
  'POST /api/gym': ({ gym }) => gym.create({ name: 'Iron' }),
  'GET /api/discovery/gym': ({ discovery }) => discovery.gyms(),
  'POST /api/perform_transaction': ({ transaction }) => transaction.perform({ merchandiseId: '1', paymentMethod: 'x' }),
  'GET /api/v1/teams': ({ club }) => club.teams.list(),
  'POST /api/v1/connect_stams': ({ stams }) => stams.connect({ operator_uid: 1, stams_uid: 1 }),
};

/** What a status means, by RFC 9110; 401 and the club API's 403 may be the token's. */
function kindsOf(status: number): readonly ErrorKind[] {
  if (status >= 500) return ['server'];
  const kinds: Record<number, readonly ErrorKind[]> = {
    401: ['auth'],
    402: ['payment'],
    403: ['permission', 'auth'],
    404: ['not_found'],
    405: ['not_found'],
    408: ['timeout'],
    409: ['conflict'],
    410: ['not_found'],
    429: ['rate_limited'],
  };
  if (status >= 400) return kinds[status] ?? ['invalid'];
  return ['protocol'];
}

describe('properties of the client', function () {
  this.timeout(isLong ? 1_200_000 : 60_000);

  const unhandled: unknown[] = [];
  const note = (reason: unknown) => unhandled.push(reason);
  const { error: logError, warn } = console;
  before(() => {
    process.on('unhandledRejection', note);
    console.error = () => {};
    console.warn = () => {};
  });
  after(() => {
    process.off('unhandledRejection', note);
    console.error = logError;
    console.warn = warn;
  });
  afterEach(async () => {
    await new Promise((resolve) => setImmediate(resolve));
    expect(unhandled).to.deep.equal([]);
  });

  const answers = fc.record({
    status: fc.oneof(
      fc.constantFrom(0, 200, 201, 204, 301, 304, 400, 401, 403, 404, 409, 429, 500, 503),
      fc.integer({ min: 200, max: 599 }),
    ),
    text: fc.oneof(
      fc.string(),
      fc.json(),
      fc.constantFrom('', 'null', '[]', '{}', '<html>'),
      fc
        .record({ success: fc.oneof(fc.constant(true), fc.jsonValue()), data: fc.jsonValue() })
        .map((body) => JSON.stringify(body)),
      fc
        .record({
          type: fc.jsonValue(),
          title: fc.jsonValue(),
          detail: fc.jsonValue(),
          requestId: fc.jsonValue(),
          errors: fc.jsonValue(),
        })
        .map((body) => JSON.stringify(body)),
    ),
    headers: fc.dictionary(
      fc.constantFrom('retry-after', 'date', 'location', 'x-request-id', 'deprecation', 'link'),
      fc.string(),
    ),
  });

  for (const [route, call] of Object.entries(calls)) {
    it(`answers of ${route}`, async () => {
      await fc.assert(
        fc.asyncProperty(answers, async ({ status, text, headers }) => {
          const wire = new Wire().on(route, { status, text, headers });
          const { value, error } = await outcomeOf(wire, () => call(createClient(wire.options())));
          if (error === undefined) {
            expect(status).to.be.within(200, 299);
            expect(typeof (value ?? {})).to.equal('object');
            return;
          }
          expect(error.kind).to.be.oneOf(status >= 200 && status < 300 ? ['protocol'] : kindsOf(status));
          expect(error.requestId).to.be.a('string');
          expect(
            error.errors.every(({ pointer, detail }) => typeof pointer + typeof detail === 'stringstring'),
          ).to.equal(true);
        }),
        settings,
      );
    });
  }

  it('inputs', async () => {
    const takers: readonly ((client: Client, value: never) => unknown)[] = [
      ({ gym }, value) => gym.get(value),
      ({ gym }, value) => gym.create(value),
      ({ gym }, value) => gym.query(value),
      ({ gym }, value) => gym.list(value),
      ({ gym }, value) => gym.list({}, value),
      ({ gym }, value) => gym.list({}, { headers: value }),
      ({ gym }, value) => gym.create({ name: 'x' }, { idempotencyKey: value }),
      ({ discovery }, value) => discovery.gyms({ near: value }),
      ({ call }, value) => (call as (id: string) => Promise<unknown>)(value),
      ({ call }, value) => call('getGym', { params: { id: value } }),
      ({ call }, value) => call('operateGym', { body: value }),
      ({ raw }, value) => raw('listGyms', value),
      ({ stams }, value) => stams.get(value),
      ({ transaction }, value) => transaction.cancel(value),
    ];
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...takers), anything, async (take, value) => {
        const wire = new Wire();
        const transport = async () => {
          throw new TypeError('fetch failed');
        };
        const client = createClient(wire.options({ transport }));
        const { error } = await outcomeOf(wire, () => take(client, value as never));
        expect(error?.kind).to.be.oneOf(['network', 'timeout', 'invalid', 'unexpected']);
      }),
      settings,
    );
  });

  it('stores', async () => {
    const results = <Result>(result: fc.Arbitrary<Result>) =>
      fc.oneof(
        result.map((value) => () => Promise.resolve(value)),
        result.map((value) => () => value as never),
        fc.constant(() => Promise.reject(new Error('no quota'))),
        fc.constant(() => {
          throw new Error('no quota');
        }),
        fc.constant(() => new Promise<never>(() => {})),
      );
    const tokens = fc.record(
      { accessToken: anything, refreshToken: anything, refreshKey: anything, expiresAt: anything, server: anything },
      { requiredKeys: [] },
    );
    const read = results(
      fc.oneof(anything, tokens, fc.constant({ accessToken: 'a', refreshToken: 'r', expiresAt: 0 })),
    );
    const update = results(fc.constantFrom('changes', 'does nothing'));
    await fc.assert(
      fc.asyncProperty(read, update, fc.boolean(), async (reading, updating, isExclusive) => {
        const memory = memoryTokens();
        const store = {
          read: reading,
          async update(change: (current: Tokens | undefined) => Tokens | undefined) {
            if ((await updating()) === 'changes') change((await reading()) as Tokens);
          },
          ...(isExclusive && { exclusive: memory.exclusive }),
        } as TokenStore;
        const wire = new Wire()
          .on('GET /api/gym', ok([]))
          .on('POST /api/logout', ok({}))
          .on('POST /api/refresh', 'lost');
        const client = createClient(wire.options({ tokens: store }));
        for (const act of [
          () => client.gym.list(),
          () => client.auth.refresh(),
          () => client.auth.signOut(),
          () => client.gym.list(),
        ]) {
          const { error } = await outcomeOf(wire, act);
          expect(error?.kind ?? 'storage').to.be.oneOf(['storage', 'network', 'invalid', 'protocol', 'timeout']);
        }
        expect(wire.clock.pending).to.equal(0);
      }),
      settings,
    );
  });

  it('options', async () => {
    const functions = fc.constantFrom(
      () => 7,
      () => {
        throw new Error('mine');
      },
      () => Promise.reject(new Error('mine')),
    );
    const options = fc.record(
      {
        baseUrl: fc.oneof(fc.constant('https://gym.example'), anything),
        tokens: anything,
        transport: fc.oneof(anything, functions),
        crypto: anything,
        pinnedKids: anything,
        retry: anything,
        headers: anything,
        use: fc.oneof(anything, fc.array(functions)),
        plugins: anything,
        random: anything,
        debug: fc.oneof(anything, functions),
      },
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(options, async (given) => {
        const wire = new Wire().on('GET /api/discovery/gym', ok([]));
        const { error } = await outcomeOf(wire, () =>
          createClient({ ...wire.options(), ...given } as ClientOptions<readonly []>).discovery.gyms(),
        );
        expect(error?.kind ?? 'invalid').to.be.oneOf(['invalid', 'unexpected', 'network', 'protocol', 'unsupported']);
      }),
      settings,
    );
  });
});
