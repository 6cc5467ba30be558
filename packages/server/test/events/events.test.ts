/** Events between plugins: they commit with the rows, reach every subscriber at least once, and one that fails alone. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DomainEvent, type EventRef, eventRef, on } from '@palestra/core';
import { expect } from 'chai';
import { pino } from 'pino';
import type { Unit } from '../../src/database/types.js';
import { createOutbox } from '../../src/events/store.js';
import { createPalestra } from '../../src/host/create.js';
import type { AnyPlugin, Plugin, PluginScope } from '../../src/plugin/plugin.js';
import { describeOnEachDatabase, startTestHost, type TestHost } from '../../src/testing/index.js';

type Types = { operations: object };

const opened: EventRef<{ door: number }> = eventRef('door.opened');

describeOnEachDatabase('events', (fresh) => {
  let ahead = 0;
  let scope: PluginScope<Types>;
  let heard: Record<string, DomainEvent<{ door: number }>[]>;
  let failing: Set<string>;
  let database: string;
  const hosts: TestHost[] = [];
  let dataDir: string;
  before(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'palestra-events-'));
  });
  after(() => rmSync(dataDir, { recursive: true, force: true }));

  function subscriber(name: string): AnyPlugin {
    const plugin: Plugin<Types> = {
      name,
      version: '0.1.0',
      host: '^1.0.0',
      contract: { paths: {} },
      setup: () => ({
        handlers: {},
        subscriptions: [
          on(opened, async (event) => {
            if (failing.has(name)) throw new Error(`${name} is poisoned`);
            heard[name]?.push(event);
          }),
        ],
      }),
    };
    return plugin;
  }

  const source: Plugin<Types> = {
    name: 'source',
    version: '0.1.0',
    host: '^1.0.0',
    contract: { paths: {} },
    emits: [opened],
    setup(given) {
      scope = given;
      return { handlers: {} };
    },
  };

  async function start(...subscribers: string[]): Promise<TestHost> {
    const host = await startTestHost({
      plugins: [source, ...subscribers.map(subscriber)],
      database,
      dataDir,
      clock: { now: () => Date.now() + ahead },
    });
    hosts.push(host);
    return host;
  }

  beforeEach(async () => {
    ahead = 0;
    database = await fresh();
    heard = { anna: [], ben: [] };
    failing = new Set();
  });
  afterEach(async () => {
    await Promise.all(hosts.splice(0).map((host) => host.stop()));
  });

  const open = (door: number, more: (unit: Unit) => Promise<void> = async () => {}) =>
    scope.database.unitOfWork(async (unit) => {
      await scope.events.emit(unit, opened, { door });
      await more(unit);
    });

  async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
    const deadline = Date.now() + 30_000;
    while (!(await condition())) {
      if (Date.now() > deadline) throw new Error('The expected state was not reached in time.');
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  const doors = (name: string) => heard[name]?.map(({ data }) => data.door);
  const undelivered = async (host: TestHost) =>
    Number((await host.palestra.database().knex('event_delivery').count({ n: '*' }))[0]?.n);

  it('reach every subscriber, with an id, once everything goes well', async () => {
    const host = await start('anna', 'ben');
    for (const door of [1, 2, 3]) await open(door);
    await until(async () => (await undelivered(host)) === 0);
    expect(doors('anna')?.sort()).to.deep.equal([1, 2, 3]);
    expect(heard.ben?.map(({ id }) => id).sort()).to.deep.equal(heard.anna?.map(({ id }) => id).sort());
    expect(new Set(heard.anna?.map(({ id }) => id)).size).to.equal(3);
    expect(heard.anna?.[0]).to.include({ name: 'door.opened' });
  });

  it('are delivered though they were emitted, or put off, by a clock that was far ahead', async () => {
    const hour = 60 * 60_000;
    const host = await start('anna');
    failing.add('anna');
    ahead = 3 * hour;
    await open(1);
    await until(async () => {
      const [row] = await host.palestra.database().knex('event_delivery').select('attempts');
      return Number(row?.attempts) > 0;
    });
    await host.stop();
    hosts.splice(0);
    failing.clear();
    ahead = 0;
    const next = await start('anna');
    await open(2);
    await until(async () => (await undelivered(next)) === 0);
    expect(doors('anna')?.sort()).to.deep.equal([1, 2]);
  });

  it('of a transaction that does not commit were none', async () => {
    const host = await start('anna');
    const failed = await open(1, () => Promise.reject(new Error('no'))).catch((error: Error) => error.message);
    expect(failed).to.equal('no');
    await open(2);
    await until(async () => (await undelivered(host)) === 0);
    expect(doors('anna')).to.deep.equal([2]);
  });

  it('are not written without a subscriber', async () => {
    const host = await start();
    await open(1);
    const [row] = await host.palestra.database().knex('event').count({ n: '*' });
    expect(Number(row?.n)).to.equal(0);
  });

  it('reach the others though one subscriber fails on each of them, and that one when it is well again', async () => {
    const host = await start('anna', 'ben');
    failing.add('anna');
    for (const door of [1, 2, 3]) await open(door);
    await until(() => heard.ben?.length === 3);
    expect(heard.anna).to.deep.equal([]);
    await until(async () => (await undelivered(host)) === 3);
    failing.clear();
    ahead += 60_000;
    await until(async () => (await undelivered(host)) === 0);
    expect(doors('anna')?.sort()).to.deep.equal([1, 2, 3]);
    expect(heard.ben, 'nothing twice').to.have.length(3);
  });

  it('wait for a subscriber through a restart', async () => {
    const host = await start('anna');
    failing.add('anna');
    await open(1);
    await until(async () => Number((await host.palestra.database().knex('event_delivery').pluck('attempts'))[0]) > 0);
    await hosts.pop()?.stop();
    failing.clear();
    ahead += 60_000;
    await start('anna');
    await until(() => heard.anna?.length === 1);
  });

  it('are delivered by one of two instances', async () => {
    await start('anna');
    const first = scope;
    const host = await start('anna');
    for (let door = 0; door < 40; door++) {
      const from = door % 2 ? first : scope;
      await from.database.unitOfWork((unit) => from.events.emit(unit, opened, { door }));
    }
    await until(async () => (await undelivered(host)) === 0);
    expect(doors('anna')?.sort((a, b) => Number(a) - Number(b))).to.deep.equal(
      Array.from({ length: 40 }, (_, at) => at),
    );
  });

  it('are forgotten when everybody has heard of them and a month has passed', async () => {
    const host = await start('anna', 'ben');
    failing.add('ben');
    await open(1);
    await until(() => heard.anna?.length === 1);
    const outbox = createOutbox(host.palestra.database());
    expect(await outbox.purge(Date.now() + 1_000), 'ben has yet to hear').to.equal(0);
    failing.clear();
    ahead += 60_000;
    await until(async () => (await undelivered(host)) === 0);
    expect(await outbox.purge(Date.now() + 1_000 + ahead)).to.equal(1);
  });

  it('refuses an event that its plugin does not declare', async () => {
    await start();
    const emit = () =>
      scope.database.unitOfWork((unit) => scope.events.emit(unit, eventRef('door.closed'), { door: 1 }));
    const error = await emit().catch((reason: Error) => reason);
    expect(error).to.have.property('message', 'Plugin source emits door.closed, which it does not declare in emits.');
  });
});

describe('events at boot', () => {
  const plugin = (name: string, changes: Partial<AnyPlugin>): AnyPlugin => ({
    name,
    version: '0.1.0',
    host: '^1.0.0',
    contract: { paths: {} },
    setup: () => ({ handlers: {} }),
    ...changes,
  });

  it('have one plugin that emits them, and a name', () => {
    const create =
      (...plugins: AnyPlugin[]) =>
      () =>
        createPalestra({ plugins, dataDir: 'never-opened' });
    const emits = (...names: string[]) => ({ emits: names.map((name) => eventRef(name)) });
    expect(create(plugin('a', emits('door.opened')), plugin('b', emits('door.opened')))).to.throw(
      'Plugins a and b both emit door.opened.',
    );
    for (const name of ['opened', 'Door.opened', 'door.', `door.${'o'.repeat(80)}`]) {
      expect(create(plugin('a', emits(name))), name).to.throw('name it after plugin and event, as locker.taken.');
    }
  });

  it('warn of a subscription to what no plugin emits, with the name that was probably meant', async () => {
    const warnings: string[] = [];
    const log = pino({ level: 'warn' }, { write: (line: string) => warnings.push(JSON.parse(line).msg) });
    const subscriptions = ['door.opend', 'sun.rose'].map((name) => on(eventRef(name), () => {}));
    const deaf = plugin('deaf', { setup: () => ({ handlers: {}, subscriptions }) });
    const host = await startTestHost({ plugins: [plugin('door', { emits: [opened] }), deaf], log });
    await host.stop();
    expect(warnings).to.deep.equal([
      'Plugin deaf subscribes to door.opend, which no plugin emits. Did you mean door.opened?',
      'Plugin deaf subscribes to sun.rose, which no plugin emits.',
    ]);
  });

  it('refuse two subscriptions of one plugin to one event', async () => {
    const subscriptions = [on(opened, () => {}), on(opened, () => {})];
    const twice = plugin('twice', { setup: () => ({ handlers: {}, subscriptions }) });
    const error = await startTestHost({ plugins: [plugin('door', { emits: [opened] }), twice] }).catch(
      (reason: Error) => reason,
    );
    expect(`${error}`).to.contain('Plugin twice subscribes to door.opened twice.');
  });
});
