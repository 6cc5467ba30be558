/** Retries: which, how often, how long between, and when never. */
import { createClient, createLeanClient, type Middleware } from '@palestra/client';
import { expect } from 'chai';
import { idle } from './clock.js';
import { randomOf } from './random.js';
import { failureOf, ok, problem, Wire } from './wire.js';

const route = 'GET /api/discovery/gym';
const perform = 'POST /api/perform_transaction';
const order = { merchandiseId: '1', paymentMethod: 'sandbox' };
const gaps = (wire: Wire, to = route) =>
  wire
    .to(to)
    .map(({ at }, index, all) => at - (all[index - 1]?.at ?? at))
    .slice(1);

describe('retry', () => {
  let wire: Wire;
  beforeEach(() => {
    wire = new Wire();
  });

  it('sends a read again after lost replies, with exponential waits up to a cap', async () => {
    wire.on(route, 'lost', 'lost', 'lost', 'lost', 'lost', 'lost', 'lost', ok([]));
    const client = createClient(wire.options({ retry: { attempts: 10, baseMs: 100, capMs: 800 } }));
    expect(await wire.clock.run(Promise.resolve(client.discovery.gyms()))).to.deep.equal([]);
    expect(gaps(wire)).to.deep.equal([100, 200, 400, 800, 800, 800, 800]);
  });

  it('waits a random part of that (full jitter)', async () => {
    wire.on(route, 'lost', 'lost', 'lost', ok([]));
    const chances = [0, 0.5, 0.25];
    const random = () => chances.shift() ?? 1;
    const client = createClient(wire.options({ random, retry: { baseMs: 100 } }));
    await wire.clock.run(Promise.resolve(client.discovery.gyms()));
    expect(gaps(wire)).to.deep.equal([0, 100, 100]);
  });

  it('gives up after so many attempts, and says how many', async () => {
    wire.on(route, 'lost');
    const client = createClient(wire.options({ retry: { attempts: 3 } }));
    const error = await wire.clock.run(failureOf(Promise.resolve(client.discovery.gyms())));
    expect(error).to.include({ kind: 'network', code: 'network_failed', attempts: 3, operationId: 'discoverGyms' });
    expect(error.retryable).to.equal(true);
    expect(wire.sent).to.have.length(3);
  });

  it('gives up when the next attempt would begin after the total budget', async () => {
    wire.on(route, 'lost');
    const client = createClient(wire.options({ retry: { attempts: 100, baseMs: 1000, capMs: 1000, budgetMs: 4500 } }));
    const begun = wire.clock.now();
    await wire.clock.run(failureOf(Promise.resolve(client.discovery.gyms())));
    expect(gaps(wire)).to.deep.equal([1000, 1000, 1000, 1000]);
    expect(wire.clock.now() - begun).to.be.at.most(4500);
  });

  it('cuts later attempts at the end of the budget, and the first one not', async () => {
    wire.on(route, 'silent');
    const retry = { attempts: 5, baseMs: 0, budgetMs: 5_000 };
    const client = createClient(wire.options({ timeoutMs: 3_000, retry }));
    const begun = wire.clock.now();
    const error = await wire.clock.run(failureOf(Promise.resolve(client.discovery.gyms())));
    expect(error).to.include({ kind: 'timeout', attempts: 2 });
    expect(wire.clock.now() - begun).to.equal(5_000);
    const patient = client.discovery.gyms({}, { timeoutMs: 20_000 });
    const later = wire.clock.now();
    await wire.clock.run(failureOf(Promise.resolve(patient)));
    expect(wire.clock.now() - later).to.equal(20_000);
  });

  it('obeys Retry-After in seconds', async () => {
    wire.on(route, problem('tooManyRequests', { 'retry-after': '7' }), ok([]));
    await wire.clock.run(Promise.resolve(createClient(wire.options()).discovery.gyms()));
    expect(gaps(wire)).to.deep.equal([7000]);
  });

  it('obeys Retry-After as a date, by the clock of the server that wrote it', async () => {
    const headers = { 'retry-after': 'Fri, 20 Nov 2026 12:00:09 GMT', date: 'Fri, 20 Nov 2026 12:00:00 GMT' };
    wire.on(route, problem('unavailable', headers), ok([]));
    await wire.clock.run(Promise.resolve(createClient(wire.options()).discovery.gyms()));
    expect(gaps(wire)).to.deep.equal([9000]);
  });

  it('takes Retry-After as an invitation with any status, such as 409 while the same key is in use', async () => {
    wire.on(perform, problem('conflict', { 'retry-after': '1' }), ok({ _id: '1' }));
    await wire.clock.run(createClient(wire.options()).transaction.perform(order));
    expect(gaps(wire, perform)).to.deep.equal([1000]);
  });

  it('does not sleep through a Retry-After beyond the budget, but hands it on', async () => {
    wire.on(route, problem('unavailable', { 'retry-after': '3600' }));
    const error = await wire.clock.run(failureOf(Promise.resolve(createClient(wire.options()).discovery.gyms())));
    expect(error).to.include({ kind: 'server', code: 'unavailable', attempts: 1, retryAfterMs: 3_600_000 });
  });

  it('does not repeat what will fail again', async () => {
    for (const name of ['invalidRequest', 'permissionDenied', 'resourceNotFound', 'conflict', 'internal'] as const) {
      const each = new Wire().on(route, problem(name));
      const error = await each.clock.run(failureOf(Promise.resolve(createClient(each.options()).discovery.gyms())));
      expect(error.retryable, name).to.equal(false);
      expect(each.sent, name).to.have.length(1);
    }
  });

  it('repeats a write that the server keeps, under one idempotency key per call', async () => {
    wire.on(perform, 'lost', problem('badGateway'), ok({ _id: '1' }));
    const client = createClient(wire.options());
    await wire.clock.run(client.transaction.perform(order));
    await wire.clock.run(client.transaction.perform(order));
    const keys = wire.sent.map(({ headers }) => headers['idempotency-key']);
    expect(new Set(keys.slice(0, 3))).to.have.property('size', 1);
    expect(keys[0]).to.match(/^[0-9a-f]{32}$/);
    expect(keys[3]).to.not.equal(keys[0]);
    expect(new Set(wire.sent.slice(0, 3).map(({ headers }) => headers['x-request-id']))).to.have.property('size', 1);
  });

  it('takes an idempotency key of the caller', async () => {
    wire.on('POST /api/gym', ok({ _id: '1' }));
    await createClient(wire.options()).gym.create({ name: 'Iron' }, { idempotencyKey: 'kept-on-disk' });
    expect(wire.sent[0]?.headers['idempotency-key']).to.equal('kept-on-disk');
  });

  it('sends a write once that the contract does not mark as kept, whatever went wrong', async () => {
    const failures = ['lost', problem('outcomeUnknown'), problem('unavailable', { 'retry-after': '1' })] as const;
    for (const failure of failures) {
      const each = new Wire().on('POST /api/thing', failure, ok({ _id: '1' }));
      const client = createLeanClient({ ...each.options(), plugins: [] });
      const making = client.call({ id: 'createThing', method: 'POST', path: '/api/thing' });
      expect(await each.clock.run(failureOf(making))).to.include({ attempts: 1 });
      expect(each.sent).to.have.length(1);
    }
  });

  it('sends a write once whose key was removed', async () => {
    wire.on(perform, 'lost');
    const without: Middleware = (call, next) => {
      delete call.headers['idempotency-key'];
      return next();
    };
    const client = createClient(wire.options({ use: [without] }));
    const error = await wire.clock.run(failureOf(client.transaction.perform(order)));
    expect(error).to.include({ kind: 'network', attempts: 1 });
    expect(wire.sent).to.have.length(1);
  });

  it('sends nothing after an abort, not even for middleware that calls next() again', async () => {
    wire.on(route, 'silent');
    const controller = new AbortController();
    const again: Middleware = (_, next) => next().catch(next);
    const client = createClient(wire.options({ use: [again] }));
    const pending = failureOf(client.discovery.gyms({}, { signal: controller.signal }));
    await idle();
    controller.abort();
    expect(await pending).to.include({ kind: 'aborted', attempts: 1 });
    expect(wire.sent).to.have.length(1);
  });

  it('takes the query of an envelope for a read: no key, sent again', async () => {
    wire.on('POST /api/gym', 'lost', ok([]));
    await wire.clock.run(Promise.resolve(createClient(wire.options()).gym.query({})));
    expect(wire.sent).to.have.length(2);
    expect(wire.sent[0]?.headers).to.not.have.property('idempotency-key');
  });

  it('never sends after an abort: before, during a request, and in a wait', async () => {
    wire.on(route, 'silent');
    const client = createClient(wire.options());
    const early = AbortSignal.abort();
    expect(await failureOf(Promise.resolve(client.discovery.gyms({}, { signal: early })))).to.include({
      kind: 'aborted',
      attempts: 0,
    });
    expect(wire.sent).to.have.length(0);

    const during = new AbortController();
    const pending = failureOf(Promise.resolve(client.discovery.gyms({}, { signal: during.signal })));
    await idle();
    during.abort();
    expect(await pending).to.include({ kind: 'aborted', attempts: 1, retryable: false });

    wire.on(route, 'lost');
    const waiting = new AbortController();
    const inWait = failureOf(Promise.resolve(client.discovery.gyms({}, { signal: waiting.signal })));
    await idle();
    waiting.abort();
    expect(await inWait).to.include({ kind: 'aborted', attempts: 1 });
    expect(wire.sent).to.have.length(2);
    expect(wire.clock.pending).to.equal(0);
  });

  it('is free of a transport that knows no abort', async () => {
    const transport = () => new Promise<never>(() => {});
    const client = createClient(wire.options({ transport }));
    const controller = new AbortController();
    const pending = failureOf(client.discovery.gyms({}, { signal: controller.signal }));
    await idle();
    controller.abort();
    expect(await pending).to.include({ kind: 'aborted' });
    expect(wire.clock.pending).to.equal(0);
    const late = wire.clock.run(failureOf(client.discovery.gyms({}, { retry: false })));
    expect(await late).to.include({ kind: 'timeout' });
  });

  it('can be switched off, for a client and for a call', async () => {
    wire.on(route, 'lost');
    await failureOf(Promise.resolve(createClient(wire.options({ retry: false })).discovery.gyms()));
    await failureOf(Promise.resolve(createClient(wire.options()).discovery.gyms({}, { retry: false })));
    expect(wire.sent).to.have.length(2);
  });

  it('buys a thousand things once each while 30 % of the replies are lost', async () => {
    const bought = new Map<string, unknown>();
    const random = randomOf(20_261_120).next;
    let lost = 0;
    wire.on(perform, ({ headers, body }) => {
      const reachedTheServer = random() < 0.5;
      const broken = random() < 0.3;
      if (broken) lost += 1;
      if (!broken || reachedTheServer) bought.set(headers['idempotency-key'] ?? '', body);
      return broken ? 'lost' : ok({ _id: '1' });
    });
    const client = createClient(wire.options({ random }));
    const buy = async (index: number) => {
      const bought = { ...order, merchandiseId: String(index) };
      // An app keeps the key until it knows the outcome: also when the client has given up.
      const idempotencyKey = `purchase-${index}`;
      let done = false;
      while (!done) done = await client.transaction.perform(bought, { idempotencyKey }).then(Boolean, () => false);
    };
    await wire.clock.run(Promise.all(Array.from({ length: 1_000 }, (_, index) => buy(index))));
    expect(bought.size).to.equal(1_000);
    expect(new Set([...bought.values()].map((body) => JSON.stringify(body))).size).to.equal(1_000);
    expect(lost).to.be.greaterThan(300);
    expect(wire.sent.length).to.equal(1_000 + lost);
  });

  it('leaves no timer behind', async () => {
    wire.on(route, 'lost', ok([]));
    await wire.clock.run(Promise.resolve(createClient(wire.options()).discovery.gyms()));
    expect(wire.clock.pending).to.equal(0);
  });
});
