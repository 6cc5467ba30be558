/** Nothing is believed: an answer that the contract does not allow is an error, and changes no state. */
import { type Client, type ClientError, createClient, memoryTokens, type Transport } from '@palestra/client';
import { expect } from 'chai';
import { failureOf, ok, problem, type Reply, tokenPair, Wire } from './wire.js';

const malformed = { kind: 'protocol', code: 'answer_malformed', retryable: false };

describe('answers', () => {
  const signedIn = () => memoryTokens({ accessToken: 'a', refreshToken: 'r', refreshKey: 'k'.repeat(16) });
  const failed = (
    route: string,
    reply: Reply,
    call: (client: Client) => PromiseLike<unknown>,
  ): Promise<ClientError> => {
    const wire = new Wire().on(route, reply);
    return wire.clock.run(failureOf(call(createClient(wire.options({ tokens: signedIn() })))));
  };

  const wrong: readonly (readonly [
    what: string,
    route: string,
    reply: Reply,
    call: (client: Client) => PromiseLike<unknown>,
  ])[] = [
    ['success: false under 200', 'GET /api/gym/1', { body: { success: false, data: {} } }, ({ gym }) => gym.get('1')],
    ['an envelope without success', 'GET /api/gym/1', { body: { data: {} } }, ({ gym }) => gym.get('1')],
    ['data: null', 'GET /api/gym/1', ok(null), ({ gym }) => gym.get('1')],
    ['data that is text', 'GET /api/gym/1', ok('Iron'), ({ gym }) => gym.get('1')],
    ['no data', 'GET /api/gym/1', { body: { success: true } }, ({ gym }) => gym.get('1')],
    ['null', 'GET /api/gym/1', { body: null }, ({ gym }) => gym.get('1')],
    ['an object where a list belongs', 'GET /api/gym', ok({}), ({ gym }) => gym.list()],
    ['an object for a query', 'POST /api/gym', ok({}), ({ gym }) => gym.query({})],
    ['a list where one belongs', 'POST /api/gym', ok([]), ({ gym }) => gym.create({ name: 'Iron' })],
    ['an object for a bare list', 'GET /api/v1/teams', { body: {} }, ({ club }) => club.teams.list()],
    ['a list longer than asked', 'GET /api/gym', ok([{ _id: '1' }, { _id: '2' }]), ({ gym }) => gym.list({ find: 1 })],
    ['nothing where the bare API answers', 'GET /api/v1/stams/self', { text: '' }, ({ stams }) => stams.self.get()],
    ['a bare number', 'GET /api/v1/stams/self', { body: 7 }, ({ stams }) => stams.self.get()],
  ];

  for (const [what, route, reply, call] of wrong) {
    it(`${what} is malformed`, async () => {
      expect(await failed(route, reply, call)).to.include(malformed);
    });
  }

  it('an empty one is right where the contract has no body', async () => {
    const wire = new Wire().on('POST /api/v1/connect_stams', { text: '' });
    await createClient(wire.options()).stams.connect({ operator_uid: 1, stams_uid: 2 });
  });

  it('a problem document with members of other types is read as far as it is right', async () => {
    const body = {
      type: 7,
      title: null,
      status: '400',
      detail: ['x'],
      requestId: {},
      errors: [null, 7, { pointer: '/a' }],
    };
    const error = await failed('GET /api/gym/1', { status: 400, body }, ({ gym }) => gym.get('1'));
    expect(error).to.include({ kind: 'invalid', code: 'http_400', message: 'The server answered 400' });
    expect(error.errors).to.deep.equal([]);
    const errors = [{ pointer: '/data', detail: 'x' }];
    const partly = await failed('GET /api/gym/1', { status: 400, body: { ...body, errors } }, ({ gym }) =>
      gym.get('1'),
    );
    expect(partly.errors).to.deep.equal(errors);
  });

  for (const value of ['-5', '1.5', '', 'soon', '٣']) {
    it(`Retry-After: ${value} is neither seconds nor a date`, async () => {
      const reply = problem('conflict', { 'retry-after': value });
      const error = await failed('GET /api/gym/1', reply, ({ gym }) => gym.get('1'));
      expect(error).to.include({ retryAfterMs: undefined, retryable: false, attempts: 1 });
    });
  }

  describe('of a sign-in', () => {
    const pair = tokenPair();
    for (const data of [
      {},
      { ...pair, access_token: '' },
      { ...pair, access_token: 7 },
      { ...pair, expires_in: -1 },
      { ...pair, expires_in: 'soon' },
      { ...pair, refresh_token: null },
      { ...pair, refresh_token: '' },
    ]) {
      it(`${JSON.stringify(data)} is malformed and signs no user in`, async () => {
        const wire = new Wire().on('GET /api/auth', ok(data));
        const client = createClient(wire.options());
        const signingIn = client.auth.signInAdmin({ username: 'root', password: 'a password' });
        expect(await failureOf(signingIn)).to.include(malformed);
        expect(await client.auth.tokens()).to.equal(undefined);
      });
    }

    it('without a refresh token does not replace a session by a refresh', async () => {
      const tokens = signedIn();
      const { refresh_token: _, ...alone } = tokenPair();
      const wire = new Wire().on('POST /api/refresh', ok(alone)).on('GET /api/gym', problem('tokenExpired'));
      const client = createClient(wire.options({ tokens }));
      expect(await wire.clock.run(failureOf(client.gym.list()))).to.include(malformed);
      expect(await tokens.read()).to.include({ refreshToken: 'r' });
    });
  });

  describe('that redirect', () => {
    const target = 'https://elsewhere.example/api/gym';
    const asked = (reply: Reply, more: object = {}) => {
      const wire = new Wire().on('POST /api/gym', reply);
      const transport: Transport = async (url, init) => ({ ...(await wire.transport(url, init)), ...more });
      return failureOf(createClient(wire.options({ transport })).gym.create({ name: 'Iron' }));
    };

    for (const status of [301, 302, 303, 307, 308]) {
      it(`by ${status} name the target and are not followed`, async () => {
        const error = await asked({ status, headers: { location: target } });
        expect(error).to.include({
          kind: 'protocol',
          code: 'redirected',
          message: `redirected: ${target}`,
          attempts: 1,
        });
      });
    }

    it('are known where a browser hides them', async () => {
      expect(await asked({ status: 0, text: '' })).to.include({ kind: 'protocol', code: 'redirected' });
    });

    it('are known where a transport has followed them', async () => {
      const body = { success: true, data: { _id: '1' }, exceptionMessage: '' };
      expect(await asked({ body }, { redirected: true, url: target })).to.include({ code: 'redirected' });
      // React Native has no `redirected`.
      expect(await asked({ body }, { url: target })).to.include({ message: `redirected: ${target}` });
    });

    it('are told from the same address spelled otherwise', async () => {
      const wire = new Wire().on('GET /api/discovery/gym', ok([]));
      const url = 'https://gym.example/api/discovery/gym?keyword=it%27s';
      const transport: Transport = async (...request) => ({ ...(await wire.transport(...request)), url });
      const client = createClient(wire.options({ baseUrl: 'https://Gym.example', transport }));
      expect(await client.discovery.gyms({ keyword: "it's" })).to.deep.equal([]);
    });

    it('are asked not to be followed', async () => {
      let mode: unknown;
      const wire = new Wire().on('GET /api/discovery/gym', ok([]));
      const transport: Transport = (url, init) => {
        mode = init.redirect;
        return wire.transport(url, init);
      };
      await createClient(wire.options({ transport })).discovery.gyms();
      expect(mode).to.equal('manual');
    });
  });
});
