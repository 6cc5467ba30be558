/** Whatever is wrong, a call rejects with a `ClientError` of the right kind, at once, and nothing is sent. */
import {
  type Client,
  type ClientError,
  type ClientOptions,
  createClient,
  isClientError,
  memoryTokens,
  type TokenStore,
} from '@palestra/client';
import { expect } from 'chai';
import { failureOf, ok, Wire } from './wire.js';

function thrown(make: () => unknown): ClientError {
  try {
    make();
  } catch (error) {
    if (isClientError(error)) return error;
    throw error;
  }
  throw new Error('It did not throw.');
}

describe('one class of error', () => {
  let wire: Wire;
  let client: Client;
  beforeEach(() => {
    wire = new Wire().on('POST /api/gym', ok({ _id: '1' })).on('GET /api/gym', ok([]));
    client = createClient(wire.options());
  });
  const cycle: { self?: unknown } = {};
  cycle.self = cycle;
  const surrogate = 'x\ud800';

  const wrong: Record<string, (client: Client) => PromiseLike<unknown>> = {
    'a BigInt in a body': ({ gym }) => gym.create({ name: 1n as never }),
    'a cycle in a body': ({ gym }) => gym.create(cycle as never),
    'a toJSON that throws': ({ gym }) => gym.create({ name: { toJSON: () => expect.fail() } as never }),
    'a lone surrogate in a path': ({ gym }) => gym.get(surrogate),
    'a lone surrogate in a query': ({ gym }) => gym.list({ after: surrogate }),
    'a lone surrogate in a password': ({ auth }) => auth.signInAdmin({ username: 'x', password: surrogate }),
    'an undefined id': ({ gym }) => gym.get(undefined as never),
    'a null id': ({ gym }) => gym.delete(null as never),
    'an id that is an object': ({ gym }) => gym.get({} as never),
    'an id that is no number': ({ stams }) => stams.get(Number.NaN),
    'an object in a query': ({ gym }) => gym.list({ find: {} as never }),
    'an unknown operation': ({ call }) => (call as (id: string) => Promise<unknown>)('getGyms'),
    'an operation of Object': ({ raw }) => (raw as (id: string) => Promise<unknown>)('toString'),
    'an operation without its parameters': ({ call }) => (call as (id: string) => Promise<unknown>)('getGym'),
    'a header value with a line break': ({ gym }) => gym.list({}, { headers: { 'x-tenant': 'a\r\nb: c' } }),
    'a header value beyond Latin-1': ({ gym }) => gym.list({}, { headers: { 'x-tenant': 'ключ' } }),
    'a header name with a space': ({ gym }) => gym.list({}, { headers: { 'x tenant': 'a' } }),
    'an idempotency key that no header carries': ({ gym }) => gym.create({ name: 'x' }, { idempotencyKey: 'a\nb' }),
    'no credentials': ({ auth }) => auth.signInAdmin(undefined as never),
    'near that is text': ({ discovery }) => discovery.gyms({ near: '13,47' as never }),
    'a page size of 0': ({ gym }) => firstOf(gym.list({}, { pageSize: 0 })),
    'a page size of -1': ({ gym }) => firstOf(gym.list({}, { pageSize: -1 })),
    'a page size of NaN': ({ gym }) => firstOf(gym.list({}, { pageSize: Number.NaN })),
    'a page size of 0.5': ({ gym }) => firstOf(gym.list({}, { pageSize: 0.5 })),
    'half an item': ({ gym }) => firstOf(gym.list({ find: 0.5 })),
    'less than no items': ({ gym }) => firstOf(gym.list({ find: -1 })),
  };
  for (const [what, call] of Object.entries(wrong)) {
    it(`${what} is invalid`, async () => {
      expect(await failureOf(call(client))).to.include({ kind: 'invalid', attempts: 0, retryable: false });
      expect(wire.sent).to.have.length(0);
    });
  }

  it('a sealed plaintext that is not JSON is invalid too', async () => {
    const { Opener } = await import('./wire.js');
    wire.on('GET /api/gpk', { body: (await Opener.make()).key });
    const error = await failureOf(client.auth.signIn({ username: 1n as never, password: 'x' }));
    expect(error).to.include({ kind: 'invalid', operationId: 'authenticate' });
  });

  for (const baseUrl of [
    'localhost:3000',
    'gym.example',
    'ftp://gym.example',
    '',
    '/api',
    'https://',
    'https:///x',
    'https://a b',
    'https://user@gym.example',
    'https://gym.example?x',
    undefined,
    null,
    7,
  ]) {
    it(`the baseUrl ${JSON.stringify(baseUrl)} is named by createClient`, () => {
      const error = thrown(() => createClient({ baseUrl } as ClientOptions));
      expect(error).to.include({ kind: 'invalid', code: 'option_invalid' });
      expect(error.message).to.include('baseUrl is like https://gym.example');
    });
  }

  it('a path is a baseUrl in a page', async () => {
    Object.defineProperty(globalThis, 'location', { value: {}, configurable: true });
    try {
      for (const baseUrl of ['', '/backend']) {
        let sentTo = '';
        const transport = async (url: string) => {
          sentTo = url;
          return {
            status: 200,
            headers: { get: () => null },
            text: async () => JSON.stringify({ success: true, data: [] }),
          };
        };
        await createClient({ baseUrl, transport }).discovery.gyms();
        expect(sentTo).to.equal(`${baseUrl}/api/discovery/gym`);
      }
    } finally {
      Reflect.deleteProperty(globalThis, 'location');
    }
  });

  it('a missing fetch is named, once', async () => {
    const { fetch } = globalThis;
    Object.assign(globalThis, { fetch: undefined });
    try {
      const error = await failureOf(createClient({ baseUrl: 'https://gym.example' }).gym.list());
      expect(error).to.include({ kind: 'unsupported', code: 'fetch_missing', attempts: 0 });
    } finally {
      Object.assign(globalThis, { fetch });
    }
  });

  it('two parts of one name are refused', () => {
    const plugins = [{ name: 'gym', setup: () => ({}) }];
    expect(thrown(() => createClient({ ...wire.options(), plugins }))).to.include({ code: 'option_invalid' });
  });

  describe('a token store', () => {
    const broken = new Error('no quota');
    const fail = () => {
      throw broken;
    };
    const stores: Record<string, TokenStore> = {
      'that rejects': { read: () => Promise.reject(broken), update: () => Promise.reject(broken) },
      'that throws': { read: fail, update: fail },
      'that never answers': { read: () => new Promise(() => {}), update: () => new Promise(() => {}) },
    };
    for (const [what, tokens] of Object.entries(stores)) {
      it(`${what} is of kind storage`, async () => {
        const of = createClient(wire.options({ tokens }));
        const reading = await wire.clock.run(failureOf(of.gym.list()));
        expect(reading).to.include({ kind: 'storage', code: 'storage_failed' });
        expect(await wire.clock.run(failureOf(of.auth.tokens()))).to.include({ kind: 'storage' });
        expect(await wire.clock.run(failureOf(of.auth.signOut()))).to.include({ kind: 'storage' });
        expect(wire.sent).to.have.length(0);
        expect(wire.clock.pending).to.equal(0);
      });
    }

    it('with anything but tokens in it counts as signed out', async () => {
      for (const value of [null, 7, {}, { accessToken: 7 }, 'text']) {
        const tokens = { ...memoryTokens(), read: async () => value as never };
        expect(await createClient(wire.options({ tokens })).auth.tokens()).to.equal(undefined);
      }
    });
  });

  it('what middleware throws is of kind unexpected, with its cause', async () => {
    const cause = new Error('mine');
    const use = [() => Promise.reject(cause)];
    const error = await failureOf(createClient(wire.options({ use })).gym.list());
    expect(error).to.include({ kind: 'unexpected', operationId: 'listGyms', cause });
  });

  it('crypto that fails is not taken for a fault of the key', async () => {
    const { Opener } = await import('./wire.js');
    wire.on('GET /api/gpk', { body: (await Opener.make()).key });
    const fail = () => Promise.reject(new Error('no native module'));
    const crypto = { randomBytes: fail, rsaOaepSha256: fail, aes256Gcm: fail };
    const error = await failureOf(createClient(wire.options({ crypto })).auth.signIn({ username: 'x', password: 'y' }));
    expect(error).to.include({ kind: 'unsupported', code: 'crypto_failed' });
    expect(error.message).to.include('no native module');
  });

  it('says itself in JSON', async () => {
    const error = await failureOf(client.gym.get(''));
    expect(JSON.parse(JSON.stringify(error))).to.deep.include({
      name: 'ClientError',
      message: error.message,
      kind: 'invalid',
      code: 'parameter_invalid',
      operationId: 'getGym',
    });
  });

  it('shows who called, whatever failed', async () => {
    const callOfTheApp = async (of: Client) => await of.gym.get('1', { retry: false });
    for (const outcome of ['lost', 'silent'] as const) {
      const each = new Wire().on('GET /api/gym/1', outcome);
      const error = await each.clock.run(failureOf(callOfTheApp(createClient(each.options()))));
      expect(error.stack, outcome).to.include('callOfTheApp');
    }
  });

  it('takes AbortSignal.timeout for a timeout, and does not repeat the call', async () => {
    const each = new Wire().on('GET /api/discovery/gym', 'silent');
    const signal = AbortSignal.timeout(1);
    const error = await failureOf(createClient(each.options()).discovery.gyms({}, { signal }));
    expect(error).to.include({ kind: 'timeout', code: 'timed_out', attempts: 1 });
    expect(each.sent).to.have.length(1);
  });
});

async function firstOf<Item>(items: AsyncIterable<Item>): Promise<Item | undefined> {
  for await (const item of items) return item;
  return undefined;
}
