/** A set of plugins, each broken in one place: the kit finds each at its own check, and a sound one at none. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type ContractFragment, eventRef, type Migration, type OperationObject, on } from '@palestra/core';
import { type ConformOptions, conform, formatReport } from '@palestra/server/conformance';
import { expect } from 'chai';
import type { AnyPlugin, PluginScope } from '../../src/plugin/plugin.js';

type Scope = PluginScope<{ operations: object; config: { token: string } }>;
type Parts = Readonly<Record<string, unknown>>;

const ref = (name: string) => ({ $ref: `#/components/responses/${name}` });

const listed: OperationObject = {
  operationId: 'listThings',
  'x-privilege': 'player',
  responses: {
    200: {
      description: 'The things.',
      content: { 'application/json': { schema: { $ref: '#/components/schemas/ThingList' } } },
    },
    401: ref('Unauthorized'),
    403: ref('Forbidden'),
    default: ref('Failed'),
  } as never,
};

function contract(operation: Partial<OperationObject> = {}, path = '/api/thing'): ContractFragment {
  const envelope = {
    type: 'object',
    required: ['success', 'data', 'exceptionMessage'],
    properties: { success: { const: true }, data: { type: 'array', items: { type: 'string' } } },
  };
  return { paths: { [path]: { get: { ...listed, ...operation } } }, components: { schemas: { ThingList: envelope } } };
}

const { 'x-privilege': _, ...unguarded } = listed;

const thing: Migration = {
  name: 'thing',
  createTable: { table: 'thing', columns: { id: { type: 'id' }, name: { type: 'text', length: 50 } } },
};
const statement = (name: string, sql: string): Migration => ({ name, statement: { sqlite: sql, mysql: sql } });

const config = {
  type: 'object',
  additionalProperties: false,
  properties: { token: { type: 'string', writeOnly: true, default: '' } },
};

function plugin(changes: Partial<AnyPlugin> = {}, parts: (scope: Scope) => Parts = () => ({})): AnyPlugin {
  return {
    name: 'thing',
    version: '1.0.0',
    host: '^1.0.0',
    contract: contract(),
    config,
    migrations: [thing],
    setup: ((scope: Scope) => {
      const names = scope.database.statement<{ name: string }>((knex) => knex('thing').select('name'));
      const listThings = async () => (await names.all()).map(({ name }) => name);
      return { handlers: { listThings }, ...parts(scope) };
    }) as never,
    ...changes,
  };
}

const listing = (listThings: () => unknown) => plugin({}, () => ({ handlers: { listThings } }));

const operation = { id: 'listThings', method: 'GET', path: '/api/thing' };
const options: ConformOptions = {
  config: { token: 'secret-of-the-thing' },
  fixtures: [{ operation: 'listThings' }],
  client: { name: 'thing', operations: { listThings: operation } },
  stopWithinMs: 500,
};

/** A second operation, which takes strings. */
const nameThing: OperationObject = {
  ...listed,
  operationId: 'nameThing',
  requestBody: {
    required: true,
    content: {
      'application/json': {
        schema: {
          type: 'object',
          required: ['name'],
          additionalProperties: false,
          properties: {
            name: { type: 'string', minLength: 1, maxLength: 40 },
            more: {
              type: 'object',
              required: ['kind'],
              additionalProperties: false,
              properties: { kind: { enum: ['big', 'small'] }, note: { type: 'string' } },
            },
          },
        },
      },
    },
  } as never,
  responses: { ...listed.responses, 400: ref('BadRequest') } as never,
};

type Naming = (scope: Scope, name: string, note: string | undefined) => unknown;

/** A plugin that does `work` with the strings that `nameThing` takes. */
function naming(work: Naming): AnyPlugin {
  const { paths, components } = contract();
  const guarded = {
    paths: { '/api/thing': { ...paths['/api/thing'], post: nameThing } },
    ...(components && { components }),
  };
  return plugin({ contract: guarded }, (scope) => ({
    handlers: {
      listThings: () => [],
      async nameThing({ body }: { body: { name: string; more?: { note?: string } } }) {
        await work(scope, body.name, body.more?.note);
        return [];
      },
    },
  }));
}

const named: ConformOptions = {
  fixtures: [{ operation: 'listThings' }, { operation: 'nameThing', body: { name: 'first' } }],
  stopWithinMs: 500,
};

type Broken = readonly [what: string, plugin: AnyPlugin, check: string, says: string, options?: ConformOptions];

const ofSomebody: Migration = {
  name: 'thing_owner',
  createTable: {
    table: 'thing_owner',
    columns: { id: { type: 'id' }, owner_id: { type: 'integer' }, note: { type: 'text', length: 100 } },
    foreignKeys: [{ column: 'owner_id', references: { table: 'account', column: 'id' }, onDelete: 'restrict' }],
  },
};
const personal = (...personalData: NonNullable<AnyPlugin['personalData']>) =>
  plugin({ migrations: [thing, ofSomebody], personalData });

const broken: readonly Broken[] = [
  [
    'a table about people that is not declared',
    plugin({ migrations: [thing, ofSomebody] }),
    'says what it keeps about people',
    'thing_owner.owner_id refers to accounts',
  ],
  [
    'personal data in a table of another plugin',
    personal(
      { table: 'thing_owner', account: 'owner_id', onDelete: 'delete' },
      { table: 'gym', account: 'owner_id', onDelete: 'forget' },
    ),
    'says what it keeps about people',
    'personalData of gym names a table that no migration',
  ],
  [
    'a reference that is to be forgotten and cannot be null',
    personal({ table: 'thing_owner', account: 'owner_id', onDelete: 'forget' }),
    'says what it keeps about people',
    'forgets owner_id, which cannot be null',
  ],
  [
    'the name of who called, kept in a text',
    plugin({}, (scope) => ({
      handlers: {
        async listThings(_: unknown, { principal }: { principal: { username: string } }) {
          const insert = scope.database.statement((knex, parameter) => knex('thing').insert(parameter.each(['name'])));
          await insert.run({ name: `by ${principal.username}` });
          return [];
        },
      },
    })),
    'keeps nothing that names who was deleted',
    'thing.name still names the deleted player',
  ],
  ['wants another host', plugin({ host: '^9.0.0' }), 'fits this host', 'needs a host of ^9.0.0'],
  [
    'guards nothing',
    plugin({ contract: { ...contract(), paths: { '/api/thing': { get: unguarded } } } }),
    'guards every operation',
    'GET /api/thing needs exactly one',
  ],
  [
    'takes an operation of the host',
    plugin({ contract: contract({}, '/api/gpk') }),
    'joins the document',
    'which plugin identity has already',
  ],
  [
    'refers to what is nowhere',
    plugin({
      contract: { ...contract(), components: { schemas: { ThingList: { $ref: '#/components/schemas/Nothing' } } } },
    }),
    'joins the document',
    'Schema ThingList does not compile',
  ],
  [
    'takes a code of the catalogue',
    plugin({ errors: { x: { code: 'conflict', status: 409, exceptionType: 'XError', title: 'x' } } }),
    'joins the document',
    'the error conflict',
  ],
  [
    'hides its failures',
    plugin({ contract: contract({ responses: { 200: listed.responses[200] } as never }) }),
    'describes its failures',
    'listThings does not describe default',
  ],
  [
    'has a client part of another path',
    plugin(),
    'has a client part for every operation',
    'path is /api/thing in the document',
    { ...options, client: { operations: { listThings: { ...operation, path: '/api/things' } } } },
  ],
  [
    'has a client part without an operation',
    plugin(),
    'has a client part for every operation',
    'no operation listThings',
    { ...options, client: {} },
  ],
  [
    'takes any setting',
    plugin({ config: { type: 'object', properties: { token: { type: 'string', writeOnly: true } } } }),
    'survives bad configuration',
    'A setting that is not known is accepted',
  ],
  [
    'takes any value',
    plugin({ config: { ...config, properties: { token: {} } } }),
    'survives bad configuration',
    'A value of no sensible kind for token is accepted',
  ],
  [
    'changes a table of the host',
    plugin({
      migrations: [
        thing,
        { name: 'more', addColumn: { table: 'account', name: 'thing', column: { type: 'integer', nullable: true } } },
      ],
    }),
    'migrates only its own tables',
    'more changes the table account',
  ],
  [
    'writes a table of the host by SQL',
    plugin({ migrations: [thing, statement('reset', 'UPDATE account SET token_version = 0')] }),
    'migrates only its own tables',
    'reset changes the table account',
  ],
  [
    'cannot be migrated on MariaDB',
    plugin({ migrations: [thing, { name: 'x', statement: { sqlite: 'SELECT 1', mysql: 'PRAGMA x' } }] }),
    'migrates once and then has nothing to do, on MariaDB',
    'Migration thing/x could not be applied',
  ],
  [
    'has a statement that cannot be run twice',
    plugin({ migrations: [thing, statement('fill', "INSERT INTO thing (id, name) VALUES (1, 'first')")] }),
    'completes a migration that was interrupted at any step, on MariaDB',
    'the next start fails',
  ],
  ['lacks a handler', plugin({}, () => ({ handlers: {} })), 'starts', 'describes listThings and has no handler'],
  ['cannot be set up', plugin({ setup: () => Promise.reject(new Error('no socket')) }), 'starts', 'no socket'],
  [
    'answers against its schema',
    listing(() => [1]),
    'listThings answers as described',
    '(listThings answers 200 against its contract: /data/0 must be string)',
  ],
  [
    'throws',
    listing(() => {
      throw new Error('no such shelf', { cause: new Error('the shelf fell') });
    }),
    'listThings answers as described',
    'was answered 500',
  ],
  [
    'throws, by the reason',
    listing(() => {
      throw new Error('no such shelf', { cause: new Error('the shelf fell') });
    }),
    'listThings answers as described',
    '(no such shelf: the shelf fell)',
  ],
  [
    'makes SQL of what it is sent',
    naming(({ database }, name) => database.knex.raw(`SELECT id FROM thing WHERE name = '${name}'`)),
    'takes quotes in every string',
    'nameThing: the text in /name becomes part of the SQL. Pass it as a parameter.',
    named,
  ],
  [
    'escapes what it is sent by itself',
    naming(({ database }, name) =>
      database.knex.raw(`SELECT id FROM thing WHERE name = '${name.replaceAll("'", "''")}'`),
    ),
    'takes quotes in every string',
    'nameThing: the text in /name becomes part of the SQL',
    named,
  ],
  [
    'makes SQL of a string that its fixture does not send',
    naming(({ database }, _name, note) =>
      note === undefined ? undefined : database.knex.raw(`SELECT id FROM thing WHERE name = "${note}"`),
    ),
    'takes quotes in every string',
    'nameThing: the text in /more/note becomes part of the SQL',
    named,
  ],
  [
    'fails on a quote',
    naming((_scope, name) => {
      if (name.includes('"')) throw new Error('unbalanced quotes');
    }),
    'takes quotes in every string',
    'nameThing: a quote in /name was answered 500 (unbalanced quotes)',
    named,
  ],
  [
    'fails on a quote, without a fixture',
    naming((_scope, name) => {
      if (name.includes("'")) throw new Error('unbalanced quotes');
    }),
    'takes quotes in every string',
    'nameThing: a quote in /name was answered 500 (unbalanced quotes)',
    { ...named, fixtures: [] },
  ],
  [
    'forgets the unit of its transaction in a write',
    naming(({ database }, name) => {
      const insert = database.statement((knex, parameter) => knex('thing').insert({ name: parameter('name') }));
      return database.unitOfWork(async () => void (await insert.run({ name })));
    }),
    'nameThing answers as described',
    'without the unit of the transaction around it. Pass unit as the last argument.',
    named,
  ],
  [
    'forgets the unit of its transaction in a query of knex',
    naming(({ database }) => database.unitOfWork(async () => void (await database.knex('thing').select('id')))),
    'nameThing answers as described',
    'Inside unitOfWork runs select `id` from `thing`, without the unit',
    named,
  ],
  [
    'begins a transaction inside another',
    naming(({ database }) => database.unitOfWork(() => database.unitOfWork(async () => undefined))),
    'nameThing answers as described',
    'unitOfWork is called inside unitOfWork',
    named,
  ],
  [
    'subscribes to an event that no plugin emits',
    plugin({}, () => ({ subscriptions: [on(eventRef('transaction.suceeded'), () => {})] })),
    'subscribes to events that are emitted',
    'No plugin emits transaction.suceeded. Did you mean transaction.succeeded?',
  ],
  [
    'emits an event that it does not declare',
    naming(({ database, events }) => database.unitOfWork((unit) => events.emit(unit, eventRef('thing.named'), {}))),
    'nameThing answers as described',
    '(Plugin thing emits thing.named, which it does not declare in emits.)',
    named,
  ],
  [
    'makes a table without a migration',
    plugin({}, ({ database: { knex } }) => ({
      async start() {
        if (!(await knex.schema.hasTable('shelf')))
          await knex.schema.createTable('shelf', (table) => table.increments());
      },
    })),
    'works under a table prefix, beside tables of the same names',
    'The table shelf was made without the prefix: make tables by migrations.',
  ],
  [
    'writes to a table that another app has by the name of its own',
    plugin({}, ({ database: { knex } }) => ({ start: () => knex.raw('DELETE FROM main.thing') })),
    'works under a table prefix, beside tables of the same names',
    'Rows of the table thing of another app were changed.',
  ],
  ['reads a table of the host', plugin({}, readsAccounts), 'keeps to its own tables', 'the table account'],
  [
    'has an error of no catalogue',
    listing(() => {
      throw Object.assign(new Error('no'), foreign);
    }),
    'refuses bad input by the catalogue',
    'fails with StrangeError',
  ],
  [
    'does not stop',
    plugin({}, () => ({ stop: () => sleep(60_000, undefined, { ref: false }) })),
    'stops in time',
    'No result after 500 ms',
  ],
  ['fails to stop', plugin({}, () => ({ stop: () => Promise.reject(new Error('stuck')) })), 'stops in time', 'stuck'],
  ['starts once', startsOnce(), 'starts again on what it left', 'the lock is taken'],
  [
    'logs its secret',
    plugin({}, ({ config: { token }, host: { log } }) => ({ start: () => log.info({ token }, 'ready') })),
    'keeps secrets out of the log',
    '1 of ',
  ],
  [
    'rejects a promise that is not awaited',
    listing(() => {
      void Promise.reject(new Error('lost'));
      return [];
    }),
    'neither crashes nor blocks the process',
    'unhandledRejection, which ends the process: lost',
  ],
  [
    'throws from a timer',
    listing(() => {
      setTimeout(() => {
        throw new Error('tick');
      }, 1);
      return [];
    }),
    'neither crashes nor blocks the process',
    'uncaughtException, which ends the process: tick',
  ],
  [
    'blocks',
    listing(() => {
      const end = performance.now() + 1_500;
      while (performance.now() < end);
      return [];
    }),
    'neither crashes nor blocks the process',
    'The event loop stood still',
  ],
  [
    'has a fixture for an operation that is not',
    plugin(),
    'dropThings answers as described',
    'no such operation',
    { ...options, fixtures: [...(options.fixtures ?? []), { operation: 'dropThings' }] },
  ],
];

const foreign = {
  brand: 'palestra.error',
  fact: { code: 'strange', status: 400, exceptionType: 'StrangeError', title: 'Strange' },
  errors: [],
  headers: {},
};

function readsAccounts({ database }: Scope): Parts {
  const names = database.statement<{ username: string }>((knex) => knex('account').select('username'));
  return { handlers: { listThings: async () => (await names.all()).map(({ username }) => username) } };
}

function startsOnce(): AnyPlugin {
  let locked = false;
  return plugin({}, () => ({
    start: () => {
      if (locked) throw new Error('the lock is taken');
      locked = true;
    },
  }));
}

describe('the conformance kit', function () {
  this.timeout(60_000);

  it('finds nothing at a plugin that keeps every promise', async () => {
    const report = await conform(plugin(), options);
    const found = report.results.filter(({ outcome }) => outcome !== 'pass');
    const missing = found.filter(
      ({ outcome, details }) => outcome !== 'skip' || !details.join().includes('not installed'),
    );
    expect(missing, formatReport(report)).to.deep.equal([]);
    expect(report.ok).to.equal(true);
  });

  it('finds nothing at one that passes its strings as parameters, and its unit', async () => {
    const sound = naming(({ database }, name, note = '') => {
      const insert = database.statement((knex, parameter) => knex('thing').insert({ name: parameter('name') }));
      return database.unitOfWork(async (unit) => {
        await insert.run({ name }, unit);
        await database.query(database.knex('thing').where({ name: note }).select('id'), unit);
      });
    });
    const report = await conform(sound, { ...named, databases: ['SQLite'] });
    expect(report.ok, formatReport(report)).to.equal(true);
    const quotes = report.results.find(({ check }) => check === 'takes quotes in every string');
    expect(quotes?.outcome).to.equal('pass');
  });

  it('skips what it has nothing to try with, and says so', async () => {
    const report = await conform(plugin({ migrations: [] }, () => ({ handlers: { listThings: () => [] } })));
    const skipped = report.results.filter(({ outcome }) => outcome === 'skip').map(({ details }) => details[0]);
    expect(new Set(skipped)).to.include.all.keys('no client part was given', 'it has no migrations', 'no fixture');
    expect(formatReport(report)).to.contain('(skipped: no fixture)');
  });

  it('makes the checks alone that are asked for, and fails at the name of none', async () => {
    const only = ['fits this host', 'stops in time', 'answers'];
    const report = await conform(plugin(), { ...options, only });
    expect(report.results.map(({ check, outcome }) => [check, outcome])).to.deep.equal([
      ['fits this host', 'pass'],
      ['stops in time', 'pass'],
      ['answers', 'fail'],
    ]);
    expect(report.ok).to.equal(false);
  });

  for (const [what, subject, check, says, given = options] of broken) {
    it(`finds at "${check}" the plugin that ${what}`, async function () {
      const report = await conform(subject, {
        ...given,
        only: [check],
        databases: [check.endsWith('MariaDB') ? 'MariaDB' : 'SQLite'],
      });
      const result = report.results.find((each) => each.check === check);
      if (result?.outcome === 'skip' && result.details.join().includes('not installed')) this.skip();
      expect(result?.outcome, formatReport(report)).to.equal('fail');
      expect(result?.details.join('\n')).to.contain(says);
      expect(report.ok).to.equal(false);
    });
  }
});
