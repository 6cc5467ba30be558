/** One error for every failure: kind by table, code of the server's catalogue, and a guard that narrows. */
import { ClientError, createClient, isClientError } from '@palestra/client';
import { catalogue } from '@palestra/core';
import { expect } from 'chai';
import { failureOf, ok, problem, type Reply, Wire } from './wire.js';

const route = 'GET /api/discovery/gym';

async function failed(reply: Reply): Promise<ClientError> {
  const wire = new Wire().on(route, reply);
  return failureOf(createClient(wire.options({ retry: false })).discovery.gyms());
}

describe('errors', () => {
  const kinds: Record<string, string> = {
    invalidRequest: 'invalid',
    duplicateResourceCreation: 'conflict',
    resourceNotFound: 'not_found',
    credentialsInvalid: 'auth',
    tokenExpired: 'auth',
    sealInvalid: 'auth',
    permissionDenied: 'permission',
    methodNotAllowed: 'not_found',
    bodyTooLarge: 'invalid',
    unsupportedMediaType: 'invalid',
    unprocessable: 'invalid',
    tooManyRequests: 'rate_limited',
    internal: 'server',
    badGateway: 'server',
    unavailable: 'server',
  };

  for (const [name, kind] of Object.entries(kinds)) {
    it(`${name} is of kind ${kind}`, async () => {
      const fact = catalogue[name as keyof typeof catalogue];
      const error = await failed(problem(name as keyof typeof catalogue));
      expect(error).to.include({ kind, code: fact.code, status: fact.status, operationId: 'discoverGyms' });
    });
  }

  it('has a kind for every status of the catalogue', async () => {
    for (const name of Object.keys(catalogue) as (keyof typeof catalogue)[]) {
      const { kind, code } = await failed(problem(name));
      expect(kind, name).to.not.be.oneOf(['protocol', 'network']);
      expect(code, name).to.equal(name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`));
    }
  });

  it("carries the server's message, request id and faulty places", async () => {
    const reply = problem('invalidRequest', {}, 'max must be a number');
    const errors = [{ pointer: '?max', detail: 'must be a number' }];
    const error = await failed({ ...reply, body: { ...(reply.body as object), errors } });
    expect(error.message).to.equal('max must be a number');
    expect(error.requestId).to.equal('from-the-server');
    expect(error.errors).to.deep.equal(errors);
  });

  it('gives the headers of the answer, and none where no answer came', async () => {
    const reply = problem('tooManyRequests', { 'retry-after': '7', 'ratelimit-reset': '9' });
    const error = await failed(reply);
    expect(error.retryAfterMs).to.equal(7_000);
    expect([error.header('RateLimit-Reset'), error.header('none')]).to.deep.equal(['9', undefined]);
    const offline = await failureOf(
      createClient({
        baseUrl: 'http://gym.example',
        retry: false,
        transport: () => Promise.reject(new Error('down')),
      }).discovery.gyms(),
    );
    expect([offline.kind, offline.header('date')]).to.deep.equal(['network', undefined]);
  });

  it('reaches another thread whole by toJSON()', async () => {
    const error = await failed(problem('tooManyRequests', { 'retry-after': '7' }, 'too many'));
    expect(isClientError(structuredClone(error)), 'of an error the structured clone keeps the message alone').to.equal(
      false,
    );
    const there: unknown = structuredClone(error.toJSON());
    expect(isClientError(there)).to.equal(true);
    const { name, message, kind, code, status, requestId, retryAfterMs, operationId } = error;
    const facts = { name, message, kind, code, status, requestId, retryAfterMs, operationId };
    expect(there).to.deep.include(facts);
    expect(JSON.parse(JSON.stringify(error))).to.deep.include(facts);
  });

  it('reads the failures of both families where no problem document comes', async () => {
    const seed = {
      success: false,
      data: {},
      exceptionMessage: 'name is required for creating Gym',
      exceptionType: 'X',
    };
    expect(await failed({ status: 400, body: seed })).to.include({ code: 'http_400', message: seed.exceptionMessage });
    expect(await failed({ status: 404, body: 'STAMS not found' })).to.include({
      kind: 'not_found',
      message: 'STAMS not found',
    });
  });

  it("survives a proxy's page", async () => {
    const page = `<html>${'x'.repeat(1000)}</html>`;
    const bad = await failed({ status: 502, text: page });
    expect(bad).to.include({ kind: 'server', code: 'http_502', retryable: true, message: 'The server answered 502' });
    expect(await failed({ status: 200, text: page })).to.include({ kind: 'protocol', code: 'answer_malformed' });
    expect(await failed({ status: 200, body: [] })).to.include({ kind: 'protocol', status: 200 });
    expect(await failed({ status: 304 })).to.include({ kind: 'protocol', code: 'http_304' });
  });

  it('gives a 304 that was asked for to `raw`, and to nothing else', async () => {
    const wire = new Wire().on('GET /api/v1/stams/self', { status: 304, headers: { etag: '"7"' } });
    const client = createClient(wire.options());
    const options = { headers: { 'If-None-Match': '"7"' } };
    const { status, header, data } = await client.raw('getSelf', {}, options);
    expect([status, header('etag'), data]).to.deep.equal([304, '"7"', undefined]);
    expect(await failureOf(client.stams.self.get(options))).to.include({ kind: 'protocol', status: 304 });
    expect(await failureOf(client.raw('getSelf'))).to.include({ kind: 'protocol', code: 'http_304' });
    expect(wire.sent.map(({ headers }) => headers['if-none-match'])).to.deep.equal(['"7"', '"7"', undefined]);
  });

  it('keeps why the network failed as its cause', async () => {
    const wire = new Wire().on(route, 'lost');
    const error = await failureOf(createClient(wire.options({ retry: false })).discovery.gyms());
    expect(error.cause).to.be.an.instanceOf(TypeError);
    expect(error.message).to.equal('network failed: TypeError: fetch failed');
  });

  it('is known by its brand, also from another copy of the package', () => {
    const facts = { kind: 'network', code: 'network_failed', operationId: 'x', requestId: 'y', attempts: 1 } as const;
    expect(isClientError(new ClientError('', facts))).to.equal(true);
    expect(isClientError({ brand: 'palestra.client.error' })).to.equal(true);
    for (const other of [new Error('x'), undefined, null, 'x', { brand: 'other' }]) {
      expect(isClientError(other)).to.equal(false);
    }
  });

  it('refuses a path parameter that would lead elsewhere, before anything is sent', async () => {
    const wire = new Wire();
    const client = createClient(wire.options());
    for (const id of ['', '.', '..']) {
      expect(await failureOf(client.gym.delete(id))).to.include({ kind: 'invalid', code: 'parameter_invalid' });
    }
    expect(wire.sent).to.have.length(0);
  });

  it('encodes every other one into its own segment', async () => {
    const wire = new Wire().on('GET /api/gym/..%2F..%2Fadmin%3Fx', ok({ _id: '1' }));
    await createClient(wire.options()).gym.get('../../admin?x');
    expect(wire.sent).to.have.length(1);
  });

  it('refuses a user name with a colon where the scheme has no room for it', async () => {
    const client = createClient(new Wire().options());
    const credentials = { username: 'a:b', password: 'password' };
    expect(await failureOf(client.auth.signInAdmin(credentials))).to.include({ code: 'parameter_invalid' });
    expect(await failureOf(client.club.login(credentials))).to.include({ code: 'parameter_invalid' });
  });
});
