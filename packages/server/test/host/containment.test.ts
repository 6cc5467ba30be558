/** A plugin that fails harms no other: at boot it is named, set to degrade it is missed, later it is contained. */
import { setTimeout as sleep } from 'node:timers/promises';
import { need, problemTypePrefix, serviceRef, want } from '@palestra/core';
import { startTestHost, type TestHost, type TestHostOptions } from '@palestra/server/testing';
import { expect } from 'chai';
import { createPalestra } from '../../src/host/create.js';
import type { AnyPlugin } from '../../src/plugin/plugin.js';
import { contractOf, type SmallParts, smallPlugin } from './small-plugin.js';

const greeting = serviceRef<{ greet(): string }>('greeting');

function chain(error: unknown): string {
  return error instanceof Error ? `${error.message} ${error.cause ? chain(error.cause) : ''}`.trim() : String(error);
}

describe('a plugin that fails', () => {
  let host: TestHost | undefined;
  afterEach(async () => {
    await host?.stop();
    host = undefined;
  });

  async function startWith(plugins: readonly AnyPlugin[], options: Partial<TestHostOptions> = {}): Promise<TestHost> {
    host = await startTestHost({ plugins, ...options });
    return host;
  }

  const refusal = (plugins: readonly AnyPlugin[], options: Partial<TestHostOptions> = {}) =>
    startWith(plugins, options).then(() => 'started', chain);

  const broken: readonly (readonly [title: string, plugin: AnyPlugin, says: string])[] = [
    [
      'in setup',
      smallPlugin('broken', { setup: () => Promise.reject(new Error('no socket')) }),
      'Plugin broken 1.2.3 could not be set up. no socket',
    ],
    [
      'in start',
      smallPlugin('broken', {}, { start: () => Promise.reject(new Error('no licence')) }),
      'Plugin broken 1.2.3 could not start. no licence',
    ],
    [
      'in a migration',
      smallPlugin('broken', {
        migrations: [{ name: 'x', statement: { sqlite: 'CREATE TABEL x', mysql: 'CREATE TABEL x' } }],
      }),
      'Migration broken/x could not be applied.',
    ],
    ['by setting nothing up', smallPlugin('broken', { setup: () => undefined as never }), 'has no handler for it'],
  ];

  for (const [title, plugin, says] of broken) {
    it(`${title} stops the boot and is named`, async () => {
      expect(await refusal([smallPlugin('sound'), plugin])).to.contain(says);
    });

    it(`${title} and may be missing answers 503 by a code of its own, and the rest goes on`, async () => {
      const { request } = await startWith([smallPlugin('sound'), plugin], { degrade: ['broken'] });
      const missed = await request('GET', '/api/broken', { headers: { accept: 'application/problem+json' } });
      expect(missed.status).to.equal(503);
      expect(missed.body).to.include({ type: `${problemTypePrefix}plugin_unavailable`, status: 503 });
      expect(missed.headers.get('retry-after')).to.equal('60');
      expect(missed.text).not.to.contain('socket').and.not.to.contain('TABEL');
      expect((await request('GET', '/api/sound')).body).to.deep.equal({ from: 'sound' });
      const readiness = await request('GET', '/readyz');
      expect([readiness.status, readiness.text]).to.deep.equal([200, 'ok\nbroken: degraded']);
    });
  }

  it('is the only one degraded of several that may be missing, in a migration', async () => {
    const makes = (name: string, table: string) =>
      smallPlugin(name, {
        migrations: [{ name: 'create', createTable: { table, columns: { id: { type: 'id' } } } }],
      });
    const { request } = await startWith([makes('one', 'shelf'), makes('two', 'shelf'), makes('three', 'drawer')], {
      degrade: ['one', 'two', 'three'],
    });
    expect((await request('GET', '/readyz')).text).to.equal('ok\ntwo: degraded');
    expect((await request('GET', '/api/three')).status).to.equal(200);
  });

  it('takes with it who needs its service, and not who only wants it', async () => {
    const provider = smallPlugin('provider', { provides: greeting, setup: () => Promise.reject(new Error('down')) });
    const needing = smallPlugin('needing', { requires: { greeting: need(greeting) } });
    const wanting = smallPlugin('wanting', { requires: { greeting: want(greeting) } }, ({ services }) => ({
      handler: () => ({ greeted: services.greeting !== undefined }),
    }));
    expect(await refusal([provider, needing], { degrade: ['provider'] })).to.equal(
      'Plugin needing requires the service greeting, whose plugin is out of order.',
    );
    const { request } = await startWith([wanting, needing, provider], { degrade: ['provider', 'needing'] });
    expect((await request('GET', '/api/needing')).status).to.equal(503);
    expect((await request('GET', '/api/wanting')).body).to.deep.equal({ greeted: false });
  });

  it('gives what it provides to those who need and those who want', async () => {
    const provider = smallPlugin('provider', { provides: greeting }, { service: { greet: () => 'hello' } });
    const asking = (name: string, ask: typeof need) =>
      smallPlugin(name, { requires: { greeting: ask(greeting) } }, ({ services }) => ({
        handler: () => ({ said: services.greeting?.greet() }),
      }));
    const { request } = await startWith([asking('needing', need), asking('wanting', want as typeof need), provider]);
    expect((await request('GET', '/api/needing')).body).to.deep.equal({ said: 'hello' });
    expect((await request('GET', '/api/wanting')).body).to.deep.equal({ said: 'hello' });
  });

  const late = (parts: SmallParts, answerWithin = 1) =>
    smallPlugin('broken', { contract: contractOf('broken', { 'x-answer-within': answerWithin }) }, parts);

  const faults: readonly (readonly [title: string, parts: SmallParts, status: number])[] = [
    [
      'throws',
      {
        handler: () => {
          throw new Error('at once');
        },
      },
      500,
    ],
    [
      'throws what is no error',
      {
        handler: () => {
          throw undefined;
        },
      },
      500,
    ],
    [
      'rejects late',
      {
        handler: async () => {
          await sleep(50);
          throw new Error('late');
        },
      },
      500,
    ],
    ['returns nothing', { handler: () => undefined }, 500],
    ['returns what is no JSON', { handler: () => ({ big: 1n }) }, 500],
    ['answers against its contract', { handler: () => ['a list'] }, 500],
    ['never answers', { handler: () => new Promise(() => {}) }, 503],
    [
      'rejects after its caller has been answered',
      {
        handler: async () => {
          await sleep(1_800);
          throw new Error('x');
        },
      },
      503,
    ],
  ];
  for (const [title, parts, status] of faults) {
    it(`${title}: its own operation answers ${status}, others go on`, async () => {
      const { request } = await startWith([smallPlugin('sound'), late(parts, status === 503 ? 1 : 30)]);
      const [failed, sound] = await Promise.all([request('GET', '/api/broken'), request('GET', '/api/sound')]);
      expect([failed.status, sound.status]).to.deep.equal([status, 200]);
      if (title.startsWith('rejects after')) await sleep(800);
      expect((await request('GET', '/api/sound')).status).to.equal(200);
    });
  }

  it('says of a write that is late that its outcome is not known', async () => {
    const { get } = contractOf('slow', { 'x-answer-within': 1 }).paths['/api/slow'] ?? {};
    const contract = { paths: { '/api/slow': { post: get } } } as AnyPlugin['contract'];
    const { request } = await startWith([smallPlugin('slow', { contract }, { handler: () => new Promise(() => {}) })]);
    const answer = await request('POST', '/api/slow', { headers: { accept: 'application/problem+json' } });
    expect(answer.body.type).to.equal(`${problemTypePrefix}outcome_unknown`);
  });

  it('is asked for its readiness no longer than a second', async () => {
    const { request } = await startWith([
      smallPlugin('tired', {}, { ready: () => new Promise(() => {}) }),
      smallPlugin('away', {}, { ready: () => Promise.reject(new Error('away')) }),
      smallPlugin('sound', {}, { ready: () => true }),
    ]);
    const answer = await request('GET', '/readyz');
    expect([answer.status, answer.text]).to.deep.equal([503, 'not ready\ntired: not ready\naway: not ready']);
  });

  it('stops those that had started before it', async () => {
    const calls: string[] = [];
    const first = smallPlugin('first', {}, { start: () => calls.push('start'), stop: () => calls.push('stop') });
    const second = smallPlugin('second', {}, { start: () => Promise.reject(new Error('no')) });
    await refusal([first, second]);
    expect(calls).to.deep.equal(['start', 'stop']);
  });
});

describe('plugins that do not fit together', () => {
  const conflict = { code: 'conflict', status: 409, exceptionType: 'OtherError', title: 'x' };
  const faults: readonly (readonly [title: string, plugins: readonly AnyPlugin[], says: string, degrade?: string])[] = [
    [
      'an operation twice',
      [smallPlugin('a'), smallPlugin('b', { contract: contractOf('a') })],
      'Plugin b describes GET /api/a, which plugin a has already',
    ],
    [
      "an operation of the host's",
      [smallPlugin('a', { contract: contractOf('gpk') })],
      'which plugin identity has already',
    ],
    ['a name twice', [smallPlugin('a'), smallPlugin('a')], 'Two plugins are named a'],
    ['a name that is none', [smallPlugin('A b')], '"A b" is not a valid plugin name'],
    [
      'an error of the catalogue',
      [smallPlugin('a', { errors: { conflict } })],
      'Plugin a declares the error conflict, which the host declares already',
    ],
    [
      'an error that is no failure',
      [smallPlugin('a', { errors: { x: { ...conflict, code: 'x', status: 200 } } })],
      'status 200',
    ],
    ['another host', [smallPlugin('a', { host: '^2.0.0' })], 'Plugin a 1.2.3 needs a host of ^2.0.0; this host is 1'],
    [
      'a service that no plugin provides',
      [smallPlugin('a', { requires: { g: need(greeting) } })],
      'Plugin a requires the service greeting; no plugin provides it',
    ],
    ['a plugin to degrade that is not there', [smallPlugin('a')], 'There is no plugin b to degrade', 'b'],
    ['a part of the host to degrade', [smallPlugin('a')], 'There is no plugin identity to degrade', 'identity'],
  ];
  for (const [title, plugins, says, degrade] of faults) {
    it(`are refused before anything starts: ${title}`, () => {
      const options = { plugins, dataDir: '/nonexistent', ...(degrade && { degrade: [degrade] }) };
      expect(() => createPalestra(options)).to.throw(says);
    });
  }
});
