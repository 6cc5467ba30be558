/** The session: one refresh, a commit guard, and tokens that are dropped only on a definite 401. */
import {
  type Client,
  createClient,
  type KeyValueStorage,
  memoryTokens,
  type SessionEvent,
  storageTokens,
  type TokenStore,
} from '@palestra/client';
import { expect } from 'chai';
import { idle } from './clock.js';
import { type Answerer, failureOf, ok, problem, type Sent, tokenPair, Wire } from './wire.js';

const gyms = 'GET /api/gym';
const refresh = 'POST /api/refresh';

const bearer = (sent: Sent | undefined) => sent?.headers.authorization;

/** Answers 200 to one access token and `token_expired` to any other. */
const only =
  (token: () => string): Answerer =>
  (sent) =>
    bearer(sent) === `Bearer ${token()}` ? ok([]) : problem('tokenExpired');

function webStorage(): KeyValueStorage {
  const items = new Map<string, string>();
  return {
    getItem: (key: string) => items.get(key) ?? null,
    setItem: (key: string, value: string) => void items.set(key, value),
    removeItem: (key: string) => void items.delete(key),
  };
}

describe('session', () => {
  let wire: Wire;
  let store: TokenStore;
  let client: Client;
  let events: SessionEvent[];

  const read = () => store.read();
  const list = (from: Client = client) => Promise.resolve(from.gym.list());
  const signedIn = (pair = tokenPair(), expiresAt = wire.clock.now() + 3_600_000) =>
    store.update(() => ({ accessToken: pair.access_token, refreshToken: pair.refresh_token, expiresAt }));

  beforeEach(() => {
    wire = new Wire();
    store = memoryTokens();
    client = createClient(wire.options({ tokens: store }));
    events = [];
    client.auth.onChange((event) => events.push(event));
  });

  it('sends the access token with what is not public, and nothing with what is', async () => {
    await store.update(() => ({ accessToken: 'mine' }));
    wire.on(gyms, ok([])).on('GET /api/discovery/gym', ok([]));
    await list();
    await client.discovery.gyms();
    expect(wire.sent.map(bearer)).to.deep.equal(['Bearer mine', undefined]);
  });

  it('refreshes on demand when the time of the token is up, before the call', async () => {
    const [old, fresh] = [tokenPair(), tokenPair(60)];
    await signedIn(old, wire.clock.now() - 1);
    wire.on(refresh, ok(fresh)).on(
      gyms,
      only(() => fresh.access_token),
    );
    await list();
    expect(wire.sent.map(({ route }) => route)).to.deep.equal([refresh, gyms]);
    expect(wire.to(refresh)[0]?.body).to.deep.equal({ refresh_token: old.refresh_token });
    const { refreshKey, ...stored } = (await read()) ?? {};
    expect(refreshKey).to.match(/^[A-Za-z0-9_-]{16,128}$/);
    expect(stored).to.deep.equal({
      accessToken: fresh.access_token,
      refreshToken: fresh.refresh_token,
      expiresAt: wire.clock.now() + 60_000,
      server: 'https://gym.example',
    });
  });

  it('has no timers: time passing alone sends nothing', async () => {
    await signedIn();
    wire.clock.pass(10 * 86_400_000);
    await idle();
    expect(wire.sent).to.have.length(0);
    expect(wire.clock.pending).to.equal(0);
  });

  it('refreshes once and sends once more when a call is refused for its token', async () => {
    const [old, fresh] = [tokenPair(), tokenPair()];
    await signedIn(old);
    wire.on(refresh, ok(fresh)).on(
      gyms,
      only(() => fresh.access_token),
    );
    expect(await list()).to.deep.equal([]);
    expect(wire.sent.map(({ route }) => route)).to.deep.equal([gyms, refresh, gyms]);
  });

  it('does not refresh a second time for the same call', async () => {
    await signedIn();
    wire.on(refresh, ok(tokenPair())).on(gyms, problem('tokenInvalid'));
    expect(await failureOf(list())).to.include({ kind: 'auth', code: 'token_invalid', status: 401, attempts: 2 });
    expect(wire.to(refresh)).to.have.length(1);
  });

  it('knows the club API, which answers an expired token by 403', async () => {
    const [old, fresh] = [tokenPair(), tokenPair()];
    await signedIn(old);
    const expired = { ...problem('tokenExpired'), status: 403 };
    wire.on(refresh, ok(fresh)).on(gyms, expired, ok([]));
    await list();
    expect(bearer(wire.to(gyms)[1])).to.equal(`Bearer ${fresh.access_token}`);
  });

  it('does not refresh for a 401 or 403 that is not about the token', async () => {
    for (const name of ['permissionDenied', 'credentialsInvalid'] as const) {
      await signedIn();
      wire.on(gyms, problem(name));
      await failureOf(list());
    }
    expect(wire.to(refresh)).to.have.length(0);
  });

  it('has one refresh in flight for a hundred calls', async () => {
    const [old, fresh] = [tokenPair(), tokenPair()];
    await signedIn(old);
    wire.on(refresh, ok(fresh)).on(
      gyms,
      only(() => fresh.access_token),
    );
    await Promise.all(Array.from({ length: 100 }, () => list()));
    expect(wire.to(refresh)).to.have.length(1);
    expect(wire.to(gyms)).to.have.length(200);
  });

  it('has one also where the store cannot exclude other clients', async () => {
    const { exclusive: _, ...unlocked } = memoryTokens({ accessToken: 'a', refreshToken: 'r', expiresAt: 0 });
    const fresh = tokenPair();
    wire.on(refresh, ok(fresh)).on(
      gyms,
      only(() => fresh.access_token),
    );
    const lonely = createClient(wire.options({ tokens: unlocked }));
    await Promise.all(Array.from({ length: 100 }, () => list(lonely)));
    expect(wire.to(refresh)).to.have.length(1);
  });

  it('has one refresh for ten tabs on one store', async () => {
    const [old, fresh] = [tokenPair(), tokenPair()];
    await signedIn(old);
    wire.on(refresh, ok(fresh)).on(
      gyms,
      only(() => fresh.access_token),
    );
    const tabs = Array.from({ length: 10 }, () => createClient(wire.options({ tokens: store })));
    await Promise.all(tabs.map((tab) => list(tab)));
    expect(wire.to(refresh)).to.have.length(1);
  });

  it('has none logged out of ten tabs on one Web Storage without locks, whichever refreshes', async () => {
    const storage = webStorage();
    const [old, fresh] = [tokenPair(), tokenPair()];
    const stores = Array.from({ length: 10 }, () => {
      const { exclusive: _, ...unlocked } = storageTokens(storage);
      return unlocked;
    });
    await stores[0]?.update(() => ({ accessToken: old.access_token, refreshToken: old.refresh_token }));
    // As the server does within its grace: the same successor.
    wire.on(refresh, ok(fresh)).on(
      gyms,
      only(() => fresh.access_token),
    );
    await Promise.all(stores.map((tokens) => list(createClient(wire.options({ tokens })))));
    expect((await stores[9]?.read())?.refreshToken).to.equal(fresh.refresh_token);
  });

  it('has one refresh for ten tabs on one Web Storage with locks', async () => {
    const { navigator } = globalThis as { navigator?: object };
    let last: Promise<unknown> = Promise.resolve();
    const request = (_: string, __: object, task: () => Promise<unknown>) => (last = last.then(task));
    Object.defineProperty(globalThis, 'navigator', { value: { locks: { request } }, configurable: true });
    try {
      const storage = webStorage();
      const [old, fresh] = [tokenPair(), tokenPair()];
      const stores = Array.from({ length: 10 }, () => storageTokens(storage));
      await stores[0]?.update(() => ({ accessToken: old.access_token, refreshToken: old.refresh_token }));
      wire.on(refresh, ok(fresh)).on(
        gyms,
        only(() => fresh.access_token),
      );
      await Promise.all(stores.map((tokens) => list(createClient(wire.options({ tokens })))));
      expect(wire.to(refresh)).to.have.length(1);
      expect((await stores[9]?.read())?.refreshToken).to.equal(fresh.refresh_token);
    } finally {
      Object.defineProperty(globalThis, 'navigator', { value: navigator, configurable: true });
    }
  });

  it('does not refresh for a late refusal of a token that has been replaced already', async () => {
    const [old, fresh] = [tokenPair(), tokenPair()];
    await signedIn(old);
    let refuse = (_: ReturnType<typeof problem>): void => {};
    wire.on(gyms, () => new Promise((resolve) => (refuse = resolve)), ok([]));
    const slow = list();
    await idle();
    await signedIn(fresh);
    refuse(problem('tokenExpired'));
    await slow;
    expect(wire.sent.map(bearer)).to.deep.equal([`Bearer ${old.access_token}`, `Bearer ${fresh.access_token}`]);
  });

  it('keeps the sign-in of another user that came while it was refreshing', async () => {
    const [ours, theirs] = [tokenPair(), tokenPair()];
    await signedIn(tokenPair(), wire.clock.now() - 1);
    let answer = (_: ReturnType<typeof ok>): void => {};
    wire.on(refresh, () => new Promise((resolve) => (answer = resolve))).on(gyms, ok([]));
    const pending = list();
    await idle();
    await signedIn(theirs);
    answer(ok(ours));
    await pending;
    expect((await read())?.accessToken).to.equal(theirs.access_token);
    await idle();
    expect(events).to.deep.equal([]);
  });

  it("keeps a sign-out that came while it was refreshing, and doesn't resurrect the session", async () => {
    await signedIn(tokenPair(), wire.clock.now() - 1);
    let answer = (_: ReturnType<typeof ok>): void => {};
    wire.on(refresh, () => new Promise((resolve) => (answer = resolve)));
    wire.on('POST /api/logout', ok({})).on(gyms, problem('tokenMissing'));
    const pending = failureOf(list());
    await idle();
    await client.auth.signOut();
    answer(ok(tokenPair()));
    expect(await pending).to.include({ code: 'token_missing' });
    expect(await read()).to.equal(undefined);
    await idle();
    expect(events).to.deep.equal(['signed_out']);
  });

  it("keeps another tab's rotation, and uses it", async () => {
    const [old, ours, theirs] = [tokenPair(), tokenPair(), tokenPair()];
    await signedIn(old);
    wire.on(
      gyms,
      only(() => theirs.access_token),
    );
    wire.on(refresh, async () => {
      await signedIn(theirs);
      return ok(ours);
    });
    await list();
    expect((await read())?.refreshToken).to.equal(theirs.refresh_token);
  });

  it("keeps another tab's rotation when its own refresh is refused because of it", async () => {
    const [old, theirs] = [tokenPair(), tokenPair()];
    await signedIn(old);
    wire.on(
      gyms,
      only(() => theirs.access_token),
    );
    wire.on(refresh, async () => {
      await signedIn(theirs);
      return problem('tokenInvalid');
    });
    await list();
    expect((await read())?.accessToken).to.equal(theirs.access_token);
    expect(events).to.deep.equal([]);
  });

  it('drops the tokens on a definite 401 of the refresh call', async () => {
    await signedIn(tokenPair(), wire.clock.now() - 1);
    wire.on(refresh, problem('tokenInvalid'));
    expect(await failureOf(list())).to.include({ kind: 'auth', operationId: 'refresh', status: 401 });
    expect(await read()).to.equal(undefined);
    await idle();
    expect(events).to.deep.equal(['expired']);
  });

  it('drops them on nothing else', async () => {
    const proxy = { status: 401, text: '<h1>Please log in to the hotel</h1>' };
    const refusals = [
      problem('internal'),
      problem('permissionDenied'),
      problem('invalidRequest'),
      proxy,
      'lost',
    ] as const;
    for (const refusal of refusals) {
      const each = new Wire().on(refresh, refusal);
      const tokens = memoryTokens({ accessToken: 'a', refreshToken: 'r', expiresAt: 0 });
      await each.clock.run(failureOf(list(createClient(each.options({ tokens })))));
      expect(await tokens.read(), JSON.stringify(refusal)).to.include({ refreshToken: 'r' });
    }
  });

  it('spends a token within the 10 s in which a lost reply is forgiven, or not at all', async () => {
    await signedIn(tokenPair(), wire.clock.now() - 1);
    wire.on(refresh, 'silent');
    const begun = wire.clock.now();
    expect(await wire.clock.run(failureOf(list()))).to.include({ kind: 'timeout', operationId: 'refresh' });
    expect(wire.to(refresh).length).to.be.greaterThan(1);
    expect(wire.to(refresh).every(({ at }) => at - begun < 10_000)).to.equal(true);
    expect(wire.clock.now() - begun).to.be.at.most(9_000);
  });

  it('cools down after a failed refresh, then tries again', async () => {
    const fresh = tokenPair();
    await signedIn(tokenPair(), wire.clock.now() - 1);
    wire.on(refresh, problem('internal'), ok(fresh)).on(gyms, ok([]));
    const first = await failureOf(list());
    expect(await failureOf(list())).to.equal(first);
    wire.clock.pass(4_999);
    expect(await failureOf(list())).to.equal(first);
    expect(wire.to(refresh)).to.have.length(1);
    wire.clock.pass(1);
    await list();
    expect(wire.to(refresh)).to.have.length(2);
  });

  it('cools down for as long as the server asks', async () => {
    await signedIn(tokenPair(), wire.clock.now() - 1);
    wire.on(refresh, problem('unavailable', { 'retry-after': '60' }));
    await failureOf(list());
    wire.clock.pass(59_999);
    await failureOf(list());
    expect(wire.to(refresh)).to.have.length(1);
  });

  it('does not let one session pay for the failure of another', async () => {
    await signedIn(tokenPair(), wire.clock.now() - 1);
    wire.on(refresh, problem('internal'), ok(tokenPair())).on(gyms, ok([]));
    await failureOf(list());
    await signedIn(tokenPair(), wire.clock.now() - 1);
    await list();
    expect(wire.to(refresh)).to.have.length(2);
  });

  it('calls listeners after the change and never waits for them', async () => {
    const seen: unknown[] = [];
    client.auth.onChange(async () => {
      seen.push((await read())?.accessToken);
      await new Promise(() => {});
    });
    const pair = tokenPair();
    await signedIn(tokenPair(), wire.clock.now() - 1);
    wire.on(refresh, ok(pair)).on(gyms, ok([]));
    await list();
    await idle();
    expect(seen).to.deep.equal([pair.access_token]);
  });

  it('stops calling a listener that has left', async () => {
    const left: SessionEvent[] = [];
    client.auth.onChange((event) => left.push(event))();
    await signedIn();
    wire.on('POST /api/logout', ok({}));
    await client.auth.signOut();
    await idle();
    expect(left).to.deep.equal([]);
    expect(events).to.deep.equal(['signed_out']);
  });

  it('is signed out at once even if the server cannot be told', async () => {
    await signedIn();
    wire.on('POST /api/logout', 'lost');
    expect(await wire.clock.run(failureOf(client.auth.signOut()))).to.include({
      kind: 'network',
      operationId: 'logout',
    });
    expect(await read()).to.equal(undefined);
  });

  it('leaves the shared refresh to the others when one caller aborts', async () => {
    const fresh = tokenPair();
    await signedIn(tokenPair(), wire.clock.now() - 1);
    let answer = (_: ReturnType<typeof ok>): void => {};
    wire.on(refresh, () => new Promise((resolve) => (answer = resolve))).on(gyms, ok([]));
    const controller = new AbortController();
    const impatient = failureOf(client.gym.list({}, { signal: controller.signal }));
    const patient = list();
    await idle();
    controller.abort();
    expect(await impatient).to.include({ kind: 'aborted', operationId: 'listGyms', attempts: 0 });
    answer(ok(fresh));
    expect(await patient).to.deep.equal([]);
  });

  it('leaves an administrator, who has no refresh token, with the 401', async () => {
    await store.update(() => ({ accessToken: 'admin', expiresAt: 0 }));
    wire.on(gyms, problem('tokenExpired'));
    expect(await failureOf(list())).to.include({ code: 'token_expired', attempts: 1 });
    expect(await read()).to.include({ accessToken: 'admin' });
  });
});
