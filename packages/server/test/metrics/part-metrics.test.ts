/** What the parts of the host show on `/metrics`: passwords, events, rate limits, repeated requests. */
import { type EventRef, eventRef, on } from '@palestra/core';
import { createPasswords } from '@palestra/core/auth';
import { describeOnEachDatabase, startTestHost, type TestHost } from '@palestra/server/testing';
import { expect } from 'chai';
import type { Plugin, PluginScope } from '../../src/plugin/plugin.js';
import { type Counter, createCounter } from '../idempotency/counter.js';
import { createClock, type MovableClock } from '../identity/fixture.js';
import { scrape, until } from './scrape.js';

type Types = { operations: object };

const opened: EventRef<{ door: number }> = eventRef('door.opened');

describeOnEachDatabase('metrics of the parts of the host', (fresh) => {
  let host: TestHost;
  let clock: MovableClock;
  let counter: Counter;
  let scope: PluginScope<Types>;
  let failing = true;

  const door: Plugin<Types> = {
    name: 'door',
    version: '0.1.0',
    host: '^1.0.0',
    contract: {
      paths: {
        '/api/knock': {
          get: {
            operationId: 'knock',
            'x-public': true,
            'x-rate-limit': 'knock',
            responses: {
              '200': { description: 'ok', content: { 'application/json': { schema: { type: 'object' } } } },
            },
          },
        },
      },
    },
    rateLimits: { knock: [{ by: 'network', requests: 2, seconds: 60 }] },
    emits: [opened],
    setup(given) {
      scope = given;
      return {
        handlers: { knock: () => ({}) },
        subscriptions: [
          on(opened, async () => {
            if (failing) throw new Error('The door is stuck.');
          }),
        ],
      };
    },
  };

  before(async () => {
    clock = createClock();
    counter = createCounter();
    host = await startTestHost({ plugins: [door, counter.plugin], database: await fresh(), rateLimit: true, clock });
  });
  after(() => host.stop());

  it('count what a rate limit refuses, by the name of the limit', async () => {
    const statuses: number[] = [];
    for (let at = 0; at < 5; at++) statuses.push((await host.request('GET', '/api/knock')).status);
    expect(statuses).to.deep.equal([200, 200, 429, 429, 429]);
    expect((await scrape(host)).get('palestra_rate_limit_refused_total{limit="door/knock"}')).to.equal(3);
  });

  it('count requests that a kept answer answers', async () => {
    const { token } = await host.account();
    const send = (key: string) =>
      host.request('POST', '/api/count', { token, json: {}, headers: { 'idempotency-key': key } });
    for (const key of ['a', 'a', 'b', 'a']) expect((await send(key)).status).to.equal(201);
    expect((await scrape(host)).get('palestra_idempotency_replays_total')).to.equal(2);
  });

  it('tell how old the oldest event is that a subscriber has not taken, and count failures', async () => {
    const lag = async () => (await scrape(host)).get('palestra_event_delivery_lag_seconds{subscriber="door"}');
    const failures = async () =>
      (await scrape(host)).get('palestra_event_delivery_failures_total{subscriber="door"}') ?? 0;
    expect(await lag()).to.equal(0);
    await scope.database.unitOfWork((unit) => scope.events.emit(unit, opened, { door: 1 }));
    await until(async () => (await failures()) > 0);
    clock.advance(90_000);
    await scope.database.unitOfWork((unit) => scope.events.emit(unit, opened, { door: 2 }));
    expect(await lag()).to.be.within(90, 100);
    failing = false;
    clock.advance(90_000);
    await scope.database.unitOfWork((unit) => scope.events.emit(unit, opened, { door: 3 }));
    await until(async () => (await lag()) === 0);
  });

  it('show passwords that are hashed and that wait', async () => {
    const found = await scrape(host);
    for (const state of ['running', 'waiting']) {
      expect(found.get(`palestra_identity_password_hashes{state="${state}"}`)).to.equal(0);
    }
    const passwords = createPasswords({ gate: { concurrency: 2, queue: 8 } });
    const hashes = Promise.all(['one-1', 'two-2', 'three-3'].map((password) => passwords.hash(password)));
    expect(passwords.load()).to.deep.equal({ running: 2, waiting: 1 });
    await hashes;
    expect(passwords.load()).to.deep.equal({ running: 0, waiting: 0 });
  });
});
