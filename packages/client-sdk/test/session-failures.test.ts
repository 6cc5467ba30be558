/** Sessions when things go wrong: stores, clocks, listeners, other servers, other tabs, and calls inside calls. */
import {
  type Client,
  createClient,
  createLeanClient,
  type KeyValueStorage,
  type Middleware,
  memoryTokens,
  type SessionEvent,
  storageTokens,
  type TokenStore,
} from '@palestra/client';
import { expect } from 'chai';
import { idle } from './clock.js';
import { failureOf, ok, problem, type Reply, tokenPair, Wire } from './wire.js';

const gyms = 'GET /api/gym';
const refresh = 'POST /api/refresh';
const root = { username: 'root', password: 'a password' };

class Storage implements KeyValueStorage {
  readonly items: Map<string, string> = new Map();
  isFull = false;

  getItem(key: string): string | null {
    return this.items.get(key) ?? null;
  }

  setItem(key: string, value: string): void {
    if (this.isFull) throw new Error('QuotaExceededError');
    this.items.set(key, value);
  }

  removeItem(key: string): void {
    if (this.isFull) throw new Error('QuotaExceededError');
    this.items.delete(key);
  }
}

describe('a session', () => {
  let wire: Wire;
  let storage: Storage;
  const reported: unknown[] = [];
  const { error: logError } = console;

  beforeEach(() => {
    wire = new Wire().on(gyms, ok([])).on('POST /api/logout', ok({}));
    storage = new Storage();
    reported.length = 0;
    console.error = (...values: unknown[]) => reported.push(...values);
  });
  afterEach(() => {
    console.error = logError;
  });

  const signedIn = (expiresAt = wire.clock.now() - 1) =>
    memoryTokens({ accessToken: 'old', refreshToken: 'spent', refreshKey: 'k'.repeat(20), expiresAt });
  const list = (client: Client) => Promise.resolve(client.gym.list());

  describe('at a store that fails', () => {
    it('goes on in memory after a refresh that could not be stored', async () => {
      const [first, second] = [tokenPair(), tokenPair()];
      wire.on('GET /api/auth', ok(first)).on(refresh, ok(second));
      const client = createClient(wire.options({ tokens: storageTokens(storage) }));
      await client.auth.signInAdmin(root);
      storage.isFull = true;
      await client.auth.refresh();
      await list(client);
      expect(wire.to(gyms)[0]?.headers.authorization).to.equal(`Bearer ${second.access_token}`);
      expect(await client.auth.tokens()).to.include({ refreshToken: second.refresh_token });
      expect(reported.map(String)).to.deep.equal(['ClientError: storage failed: Error: QuotaExceededError']);
      // A restart finds the spent token with its key, for which the server gives the same successor.
      expect(JSON.parse(storage.items.get('palestra.tokens') ?? '')).to.include({ refreshToken: first.refresh_token });
    });

    it('goes on in memory after a sign-in, and stores the next tokens when it can', async () => {
      const [first, second] = [tokenPair(), tokenPair()];
      wire.on('GET /api/auth', ok(first)).on(refresh, ok(second));
      storage.isFull = true;
      const client = createClient(wire.options({ tokens: storageTokens(storage) }));
      await client.auth.signInAdmin(root);
      await list(client);
      expect(wire.to(gyms)[0]?.headers.authorization).to.equal(`Bearer ${first.access_token}`);
      storage.isFull = false;
      await client.auth.refresh();
      expect(storage.items.get('palestra.tokens')).to.include(second.refresh_token);
    });

    it('is signed out in memory, and says that the tokens may still be stored', async () => {
      wire.on('GET /api/auth', ok(tokenPair()));
      const client = createClient(wire.options({ tokens: storageTokens(storage) }));
      await client.auth.signInAdmin(root);
      storage.isFull = true;
      expect(await failureOf(client.auth.signOut())).to.include({ kind: 'storage' });
      expect(await client.auth.tokens()).to.equal(undefined);
    });

    it('takes what another tab has stored meanwhile', async () => {
      const theirs = tokenPair();
      wire.on('GET /api/auth', ok(tokenPair())).on(refresh, ok(tokenPair()));
      const client = createClient(wire.options({ tokens: storageTokens(storage) }));
      await client.auth.signInAdmin(root);
      storage.isFull = true;
      await client.auth.refresh();
      const stored = JSON.parse(storage.items.get('palestra.tokens') ?? '');
      storage.items.set('palestra.tokens', JSON.stringify({ ...stored, accessToken: theirs.access_token }));
      expect(await client.auth.tokens()).to.include({ accessToken: theirs.access_token });
    });
  });

  it("sends its tokens to no other server, and leaves the other one's alone", async () => {
    wire.on('GET /api/auth', ok(tokenPair()));
    const staging = createClient(wire.options({ baseUrl: 'https://staging.example', tokens: storageTokens(storage) }));
    await staging.auth.signInAdmin(root);
    const production = createClient(wire.options({ tokens: storageTokens(storage) }));
    await list(production);
    expect(wire.to(gyms)[0]?.headers).to.not.have.property('authorization');
    expect(await production.auth.tokens()).to.equal(undefined);
    await production.auth.signOut();
    expect(await staging.auth.tokens()).to.include({ server: 'https://staging.example' });
  });

  it('in memory is taken without a wait while it lasts, by the server that gave it only', async () => {
    const expiresAt = wire.clock.now() + 1;
    const server = 'https://gym.example';
    const tokens = memoryTokens({ accessToken: 'theirs', refreshToken: 'spent', expiresAt, server });
    let reads = 0;
    const counted = { ...tokens, read: () => tokens.read().finally(() => reads++) };
    const client = createClient(wire.options({ baseUrl: server, tokens: counted }));
    await list(client);
    expect(reads).to.equal(0);
    expect(wire.to(gyms)[0]?.headers.authorization).to.equal('Bearer theirs');
    await list(createClient(wire.options({ baseUrl: 'https://other.example', tokens: counted })));
    expect(wire.to(gyms)[1]?.headers).to.not.have.property('authorization');
    wire.clock.pass(1);
    wire.on(refresh, ok(tokenPair()));
    await list(client);
    expect(wire.to(refresh)).to.have.length(1);
    expect(wire.to(gyms)[2]?.headers.authorization).to.match(/^Bearer (?!theirs)/);
  });

  describe('cools down', () => {
    const retriedAfter = async (reply: Reply, ms: number, jump = 0) => {
      wire.on(refresh, reply, ok(tokenPair()));
      const client = createClient(wire.options({ tokens: signedIn() }));
      await failureOf(list(client));
      wire.clock.time += jump;
      wire.clock.pass(ms);
      return list(client).then(
        () => true,
        () => false,
      );
    };

    it('for a minute at most, whatever Retry-After says', async () => {
      const reply = problem('unavailable', { 'retry-after': '86400' });
      expect(await retriedAfter(reply, 59_999)).to.equal(false);
      expect(await retriedAfter(reply, 60_000)).to.equal(true);
    });

    it('by a clock that is wrong', async () => {
      expect(await retriedAfter(problem('internal'), 5_000, -3_600_000)).to.equal(true);
      wire.clock.time += 3_600_000;
      expect(await retriedAfter(problem('internal'), 4_999, 3_600_000)).to.equal(false);
    });
  });

  it('is not locked by a clock that was set back, where there is no other one', async () => {
    wire.on(refresh, problem('internal'), ok(tokenPair()));
    const clock = Object.assign(wire.clock, { monotonic: () => wire.clock.now() });
    const client = createClient(wire.options({ tokens: signedIn(), clock }));
    await failureOf(list(client));
    wire.clock.time -= 3_600_000;
    await client.auth.refresh();
  });

  it('waits for a retry no longer when the clock is set', async () => {
    wire.on(
      'GET /api/discovery/gym',
      'lost',
      () => {
        wire.clock.time -= 86_400_000;
        return 'lost' as never;
      },
      ok([]),
    );
    const started = wire.clock.monotonic();
    await wire.clock.run(createClient(wire.options()).discovery.gyms());
    expect(wire.clock.monotonic() - started).to.be.below(1_000);
  });

  describe('of a sign-in that is answered after a sign-out', () => {
    it('is not taken up, and ended at the server', async () => {
      let answer = (_: Reply): void => {};
      const late = tokenPair();
      wire.on('GET /api/auth', () => new Promise<Reply>((resolve) => (answer = resolve)));
      const client = createClient(wire.options());
      const signingIn = failureOf(client.auth.signInAdmin(root));
      while (wire.sent.length === 0) await idle();
      await client.auth.signOut();
      answer(ok(late));
      expect(await signingIn).to.include({ kind: 'aborted', code: 'signed_out' });
      expect(await client.auth.tokens()).to.equal(undefined);
      await idle();
      expect(wire.to('POST /api/logout').map(({ body }) => body)).to.deep.equal([
        { refresh_token: late.refresh_token },
      ]);
    });
  });

  it('does not wait for itself when middleware calls an operation during a refresh', async () => {
    wire.on(refresh, ok(tokenPair())).on('GET /api/profile/000000000001', ok({ _id: '1' }));
    let inside = 0;
    let client: Client;
    const asking: Middleware = async (call, next) => {
      if (call.operation.id === 'listGyms') {
        await client.profile.get('000000000001');
        inside += 1;
      }
      return next();
    };
    client = createClient(wire.options({ tokens: signedIn(), use: [asking] }));
    const outcome = await wire.clock.run(Promise.all([list(client), list(client), client.auth.refresh()]));
    expect(outcome[0]).to.deep.equal([]);
    expect(inside).to.equal(2);
    expect(wire.to(refresh)).to.have.length(1);
  });

  it('keeps its own requests away from middleware', async () => {
    const seen: string[] = [];
    const note: Middleware = (call, next) => {
      seen.push(call.operation.id);
      return next();
    };
    wire.on(refresh, ok(tokenPair())).on('GET /api/gpk', 'lost');
    const client = createClient(wire.options({ tokens: signedIn(), use: [note] }));
    await list(client);
    await wire.clock.run(failureOf(client.auth.signIn(root)));
    expect(wire.to('GET /api/gpk')).to.not.have.length(0);
    expect(seen).to.deep.equal(['listGyms', 'authenticate']);
  });

  it('reports a listener that throws, and goes on', async () => {
    const events: SessionEvent[] = [];
    wire.on('GET /api/auth', ok(tokenPair()));
    const client = createClient(wire.options());
    client.auth.onChange(() => {
      throw new Error('mine');
    });
    client.auth.onChange(() => Promise.reject(new Error('mine too')) as never);
    client.auth.onChange((event) => events.push(event));
    await client.auth.signInAdmin(root);
    await idle();
    expect(events).to.deep.equal(['signed_in']);
    expect(reported.map(String)).to.deep.equal(['Error: mine', 'Error: mine too']);
  });

  describe('of another tab', () => {
    const watchers = new Set<(change: object) => void>();
    const page = {
      addEventListener: (_: string, listener: (change: object) => void) => watchers.add(listener),
      removeEventListener: (_: string, listener: (change: object) => void) => watchers.delete(listener),
    };
    /** As a browser tells the other documents of an origin. */
    const change = (oldValue: string | null, newValue: string | null, more: object = {}) => {
      for (const watcher of watchers)
        watcher({ key: 'palestra.tokens', oldValue, newValue, storageArea: storage, ...more });
    };
    const textOf = (sub: string, server = 'https://gym.example') => {
      const claims = Buffer.from(JSON.stringify({ sub })).toString('base64url');
      return JSON.stringify({ accessToken: `h.${claims}.${Math.random()}`, server });
    };
    let events: SessionEvent[];
    let stop: () => void;

    beforeEach(() => {
      Object.assign(globalThis, page);
      events = [];
      const client = createClient(wire.options({ tokens: storageTokens(storage) }));
      stop = client.auth.onChange((event) => events.push(event));
    });
    afterEach(() => {
      stop();
      for (const name in page) Reflect.deleteProperty(globalThis, name);
    });

    it('is heard of: sign-in, refresh, another user, sign-out', async () => {
      change(null, textOf('1'));
      change(textOf('1'), textOf('1'));
      change(textOf('1'), textOf('2'));
      change(textOf('2'), null);
      await idle();
      expect(events).to.deep.equal(['signed_in', 'refreshed', 'signed_out', 'signed_in', 'signed_out']);
    });

    it("is not taken for other keys, storages and servers, or another program's value", async () => {
      change(null, textOf('1'), { key: 'theme' });
      change(null, textOf('1'), { storageArea: {} });
      change(null, textOf('1', 'https://staging.example'));
      change(null, 'dark');
      await idle();
      expect(events).to.deep.equal([]);
    });

    it('needs no listener', () => {
      expect(watchers.size).to.equal(1);
      stop();
      expect(watchers.size).to.equal(0);
    });
  });

  it('sends the key that was stored with the refresh token, at every attempt', async () => {
    wire.on('GET /api/auth', ok(tokenPair())).on(refresh, 'lost', 'lost', ok(tokenPair()));
    const client = createClient(wire.options({ tokens: storageTokens(storage) }));
    await client.auth.signInAdmin(root);
    const { refreshKey } = JSON.parse(storage.items.get('palestra.tokens') ?? '');
    expect(refreshKey).to.match(/^[A-Za-z0-9_-]{16,128}$/);
    await wire.clock.run(client.auth.refresh());
    const keys = wire.to(refresh).map(({ body }) => (body as { refresh_key?: string }).refresh_key);
    expect(keys).to.deep.equal([refreshKey, refreshKey, refreshKey]);
    expect(JSON.parse(storage.items.get('palestra.tokens') ?? '').refreshKey).to.not.equal(refreshKey);
  });

  for (const when of ['while the reply is lost', 'while it waits to repeat it']) {
    it(`does not send a refresh again once another tab has refreshed, ${when}`, async () => {
      const tokens = signedIn();
      const another = () => void tokens.update(() => ({ accessToken: 'theirs', refreshToken: 'theirs' }));
      wire.on(refresh, () => {
        if (when === 'while the reply is lost') another();
        return 'lost';
      });
      const random = () => {
        another();
        return 1;
      };
      await wire.clock.run(list(createClient(wire.options({ tokens, random }))));
      expect(wire.to(refresh)).to.have.length(1);
      expect(wire.to(gyms)[0]?.headers.authorization).to.equal('Bearer theirs');
    });
  }

  it('is held by a lean client too, as far as its store is reliable', async () => {
    const tokens: TokenStore = storageTokens(storage);
    storage.items.set('palestra.tokens', JSON.stringify({ accessToken: 'a', server: 'https://staging.example' }));
    const lean = createLeanClient({ ...wire.options({ tokens }), plugins: [] });
    await lean.call({ id: 'listGyms', method: 'GET', path: '/api/gym', list: true });
    expect(wire.sent[0]?.headers).to.not.have.property('authorization');
  });
});
