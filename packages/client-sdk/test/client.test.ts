/** The client as a whole: every operation has its call, middleware is an onion, plugins plug in, transports fit. */
import { readFileSync } from 'node:fs';
import {
  ClientError,
  type ClientPlugin,
  createClient,
  createLeanClient,
  gym,
  type Middleware,
  memoryTokens,
  type Operation,
  type Resource,
  resource,
} from '@palestra/client';
import type { OpenApiDocument } from '@palestra/core';
import { expect } from 'chai';
import { parse } from 'yaml';
import * as operations from '../src/generated/operations.js';
import { Opener, ok, problem, tokenPair, Wire } from './wire.js';

const document: OpenApiDocument = parse(readFileSync(new URL('../../../openapi.yaml', import.meta.url), 'utf8'));
const described = Object.entries(document.paths).flatMap(([path, item]) =>
  Object.entries(item).map(([method, { operationId }]) => ({ id: operationId, method: method.toUpperCase(), path })),
);

/** Called by a payment provider's servers. */
const notForApps: ReadonlySet<string> = new Set(['notifyWechatPayment']);

function methodsOf(part: object): [name: string, method: unknown][] {
  return Object.entries(part).flatMap(([name, member]) =>
    typeof member === 'function' ? [[name, member] as [string, unknown]] : methodsOf(member),
  );
}

describe('the client and the contract', () => {
  it('has a constant for each operation of the document, and for no other', () => {
    const { everyOperation, ...constants } = operations;
    expect(Object.keys(constants).sort()).to.deep.equal(everyOperation.map(({ id }) => id).sort());
    expect(everyOperation.map(({ id, method, path }) => ({ id, method, path }))).to.have.deep.members(described);
  });

  it('wraps each operation: calling everything there is sends every one of them', async () => {
    const opener = await Opener.make();
    const seen = new Set<string>();
    const note: Middleware = (call, next) => {
      seen.add(call.operation.id);
      return next();
    };
    const claims = Buffer.from('{"sub":"1"}').toString('base64url');
    const pair = { ...tokenPair(), access_token: `h.${claims}.s`, user_token: `h.${claims}.s` };
    const wire = new Wire();
    for (const { method, path } of described) {
      const route = `${method} ${path.replace(/\{\w+\}/g, 'x')}`;
      const one = Object.fromEntries(['team', 'stams', 'operator', 'coach', 'game'].map((name) => [name, {}]));
      wire.on(route, { body: { success: true, data: pair, exceptionMessage: '', ...pair, ...one } });
    }
    wire.on('GET /api/gpk', { body: opener.key }).on('GET /api/profile/000000000001', ok({}));
    const { call: _, raw: __, as: ___, ...parts } = createClient(wire.options({ use: [note] }));
    const anything = {
      ...{ _id: 'x', username: 'x', password: 'x', oldPassword: 'x', newPassword: 'x' },
      *[Symbol.iterator]() {},
    };
    for (const [name, method] of methodsOf(parts)) {
      if (name === 'onChange') continue;
      await parts.auth.signIn(anything);
      const call = async (...all: unknown[]) => (method as (...all: unknown[]) => unknown)(...all);
      // What is sent counts, not what comes back: some take a body, some an id or two.
      await wire.clock.run(Promise.allSettled([call(anything, [1]), call('x', [1]), call('x', 'x')]));
    }
    // Where one can be named instead of several.
    wire.on('DELETE /api/v1/teams/1/players/2', { body: { team: {} } });
    await parts.club.teams.players.remove(1, 2);
    // The client's own request, which middleware does not see.
    expect(wire.to('POST /api/refresh')).to.not.have.length(0);
    seen.add('refresh');
    expect([...seen].sort()).to.deep.equal(
      described
        .map(({ id }) => id)
        .filter((id) => !notForApps.has(id))
        .sort(),
    );
  });

  it('reaches any operation by its id', async () => {
    const wire = new Wire()
      .on('GET /api/gym/7', ok({ _id: '7' }))
      .on('GET /api/v1/login/jon', { body: { user_token: 't' } });
    const client = createClient(wire.options());
    expect((await client.call('getGym', { params: { id: '7' } }))._id).to.equal('7');
    expect((await client.call('login', { params: { username: 'jon' } })).user_token).to.equal('t');
    const unknown = client.call as (id: string) => Promise<unknown>;
    expect(await unknown('toString').catch((error: Error) => error.message)).to.equal('operation unknown: toString');
  });

  it('always says what it accepts and who asks, and types its bodies', async () => {
    const wire = new Wire().on('POST /api/gym', ok({})).on('GET /api/gym', ok([]));
    const client = createClient(wire.options({ baseUrl: 'https://club.example/backend/' }));
    wire.on('POST /backend/api/gym', ok({})).on('GET /backend/api/gym', ok([]));
    await client.gym.create({ name: 'Iron' });
    await client.gym.list();
    for (const { headers } of wire.sent) {
      expect(headers.accept).to.equal('application/problem+json, application/json');
      expect(headers['x-request-id']).to.match(/^[A-Za-z0-9-]{8,64}$/);
    }
    expect(wire.sent.map(({ headers }) => headers['content-type'])).to.deep.equal(['application/json', undefined]);
  });

  it('names each request and each write by a UUID of its own that begins with the time', async () => {
    const wire = new Wire().on('POST /api/gym', ok({}));
    const client = createClient(wire.options());
    const before = Date.now();
    await Promise.all(Array.from({ length: 100 }, () => client.gym.create({ name: 'Iron' })));
    const ids = wire.sent.flatMap(({ headers }) => [headers['x-request-id'] ?? '', headers['idempotency-key'] ?? '']);
    expect(new Set(ids).size).to.equal(200);
    expect(new Set(ids.map((id) => id.slice(17))).size, 'the random part').to.equal(200);
    for (const id of ids) {
      expect(id).to.match(/^[\da-f]{12}7[\da-f]{3}8[\da-f]{15}$/);
      expect(Number.parseInt(id.slice(0, 12), 16)).to.be.within(before, Date.now());
    }
  });

  it('signs in to the club API for as long as its token says, an hour if it does not say', async () => {
    const claims = Buffer.from(JSON.stringify({ iat: 1_000, exp: 1_900 })).toString('base64url');
    for (const [user_token, lifetime] of [
      [`h.${claims}.s`, 900],
      ['opaque', 3_600],
    ] as const) {
      const wire = new Wire().on('GET /api/v1/login/jon%40x.org', { body: { user_token, user: {} } });
      const client = createClient(wire.options());
      await client.club.login({ username: 'jon@x.org', password: 'pässword' });
      const [sent] = wire.sent;
      expect(sent?.headers.authorization).to.equal(`Basic ${Buffer.from('jon@x.org:pässword').toString('base64')}`);
      const expiresAt = wire.clock.now() + lifetime * 1_000;
      expect(await client.auth.tokens()).to.deep.equal({ accessToken: user_token, expiresAt });
    }
  });

  it('signs an administrator in by the admin scheme', async () => {
    const wire = new Wire().on('GET /api/auth', ok({ access_token: 'a', expires_in: 2_628_000 }));
    await createClient(wire.options()).auth.signInAdmin({ username: 'root', password: 'a:b' });
    const value = Buffer.from('root:a:b').toString('base64');
    expect(wire.sent[0]?.headers.authorization).to.equal(`tnt-admin-auth-scheme ${value}`);
  });
});

describe('middleware', () => {
  it('is an onion around the whole call, the first one outermost', async () => {
    const order: string[] = [];
    const layer =
      (name: string): Middleware =>
      async (_, next) => {
        order.push(`${name} in`);
        const answer = await next();
        order.push(`${name} out`);
        return answer;
      };
    const wire = new Wire().on('GET /api/gym', 'lost', ok([]));
    const client = createClient(wire.options({ use: [layer('a'), layer('b')] }));
    await wire.clock.run(Promise.resolve(client.gym.list()));
    expect(order).to.deep.equal(['a in', 'b in', 'b out', 'a out']);
    expect(wire.sent).to.have.length(2);
  });

  it('may call next() again, and everything further in happens again', async () => {
    const wire = new Wire().on('POST /api/gym', problem('conflict'), ok({ _id: '1' }));
    const again: Middleware = (_, next) => next().catch(next);
    const client = createClient(wire.options({ use: [again] }));
    await client.auth.tokens();
    await client.gym.create({ name: 'Iron' });
    const [first, second] = wire.sent;
    expect(second?.headers).to.deep.equal(first?.headers);
  });

  it('finds the token of that moment attached when it does', async () => {
    const tokens = memoryTokens({ accessToken: 'old' });
    const wire = new Wire().on('GET /api/gym', problem('conflict'), ok([]));
    const rotate: Middleware = (_, next) =>
      next().catch(async () => {
        await tokens.update(() => ({ accessToken: 'new' }));
        return next();
      });
    await createClient(wire.options({ tokens, use: [rotate] })).gym.list();
    expect(wire.sent.map(({ headers }) => headers.authorization)).to.deep.equal(['Bearer old', 'Bearer new']);
  });

  it('may change headers and body, see the answer, and answer itself', async () => {
    const wire = new Wire().on('POST /api/gym', ok({ _id: '1' }, { 'x-cache': 'hit' }));
    let cache: string | undefined;
    const change: Middleware = async (call, next) => {
      if (call.operation.id === 'discoverGyms') return { status: 200, header: () => undefined, data: [] };
      call.headers['x-tenant'] = 'north';
      call.body = { operation: 'create', data: { name: 'Changed' } };
      const answer = await next();
      cache = answer.header('x-cache');
      return answer;
    };
    const client = createClient(wire.options({ use: [change] }));
    await client.gym.create({ name: 'Iron' });
    expect(await client.discovery.gyms()).to.deep.equal([]);
    expect(wire.sent).to.have.length(1);
    expect(wire.sent[0]?.headers['x-tenant']).to.equal('north');
    expect(wire.sent[0]?.body).to.deep.equal({ operation: 'create', data: { name: 'Changed' } });
    expect(cache).to.equal('hit');
  });
});

describe('plugins', () => {
  type Equipment = Resource<{
    item: { _id: string; name: string };
    create: { name: string };
    query: { find?: number; after?: string; name?: object };
    update: { _id: string; name?: string };
  }>;
  const operateEquipment: Operation = { id: 'operateEquipment', method: 'POST', path: '/api/equipment' };
  const listEquipment: Operation = { id: 'listEquipment', method: 'GET', path: '/api/equipment' };
  const getEquipment: Operation = { id: 'getEquipment', method: 'GET', path: '/api/equipment/{id}' };
  const deleteEquipment: Operation = { id: 'deleteEquipment', method: 'DELETE', path: '/api/equipment/{id}' };
  const equipment: ClientPlugin<'equipment', Equipment, { listEquipment: Operation }> = {
    name: 'equipment',
    operations: { listEquipment },
    setup: (scope) =>
      resource(scope, { operate: operateEquipment, list: listEquipment, get: getEquipment, delete: deleteEquipment }),
  };

  it('join the client under their name, and their operations join call()', async () => {
    const wire = new Wire().on('GET /api/equipment', ok([{ _id: '1', name: 'Rower' }]));
    const client = createClient({ ...wire.options(), plugins: [equipment] });
    expect((await client.equipment.list())[0]?.name).to.equal('Rower');
    await client.call('listEquipment');
    expect(wire.sent).to.have.length(2);
  });

  it('cannot take a name that is taken', () => {
    const options = { ...new Wire().options(), plugins: [{ ...equipment, name: 'gym' }] };
    expect(() => createClient(options)).to.throw(ClientError, 'two plugins are named gym');
  });

  it('are all that a lean client has', async () => {
    const wire = new Wire().on('GET /api/gym', ok([]));
    const client = createLeanClient({ ...wire.options(), plugins: [gym] });
    expect(Object.keys(client).sort()).to.deep.equal(['call', 'gym']);
    expect(await client.gym.list()).to.deep.equal([]);
    expect(await client.call(operations.listGyms)).to.deep.equal([]);
  });
});

describe('transports', () => {
  it('take fetch as it is, looked up at each call', async () => {
    const { fetch } = globalThis;
    const client = createClient({ baseUrl: 'https://gym.example' });
    globalThis.fetch = async () => Response.json({ success: true, data: [], exceptionMessage: '' });
    try {
      expect(await client.discovery.gyms()).to.deep.equal([]);
    } finally {
      globalThis.fetch = fetch;
    }
  });
});
