/** A resource whose description, facts, rules and table differ stops the boot, naming the field and the table. */
import type { Column, Migration, TableDefinition } from '@palestra/core';
import { expect } from 'chai';
import type { FieldFacts, ResourceRules } from '../../src/plugin/resource.js';
import { describeOnEachDatabase } from '../../src/testing/databases.js';
import { startTestHost } from '../../src/testing/index.js';
import {
  describeLocker,
  type LockerParts,
  locker,
  lockerPlugin,
  migrationsOf,
  withFields,
} from './described-plugin.js';

const { facts } = describeLocker(locker);

function withField(name: string, field: FieldFacts): LockerParts {
  return { facts: { ...facts, fields: { ...facts.fields, [name]: field } } };
}

function without<Value>(record: Readonly<Record<string, Value>>, name: string): Record<string, Value> {
  return Object.fromEntries(Object.entries(record).filter(([key]) => key !== name));
}

/** The first migration, with another table. */
function withTable(change: (table: TableDefinition) => Partial<TableDefinition>): LockerParts {
  const [first] = migrationsOf(locker) as [{ name: string; createTable: TableDefinition }];
  return { migrations: [{ ...first, createTable: { ...first.createTable, ...change(first.createTable) } }] };
}

const withColumn = (name: string, column: Column): LockerParts =>
  withTable(({ columns }) => ({ columns: { ...columns, [name]: column } }));
const withoutIndex = (name: string): LockerParts =>
  withTable(({ indexes = [] }) => ({ indexes: indexes.filter((index) => index.name !== name) }));
const unrelated: Migration[] = [];
const empty: ResourceRules = {};
const virtual = (field: object) => withFields({ open: { type: 'boolean', 'x-virtual': true, ...field } });

type Case = readonly [what: string, parts: LockerParts, says: string];

const ofTheTable: readonly Case[] = [
  [
    'a field without its column',
    withTable(({ columns }) => ({ columns: without(columns, 'name_folded') })),
    'The table locker has no column name_folded, where the field name is stored.',
  ],
  [
    'a column without a field',
    withColumn('colour', { type: 'text', length: 20, nullable: true }),
    'The table locker has a column colour, but no field is stored there.',
  ],
  [
    'a column of another type',
    withColumn('size', { type: 'text', length: 20, nullable: true }),
    'The column size of the table locker holds text, but the field size is integer.',
  ],
  [
    'a column that takes no null',
    withColumn('size', { type: 'integer' }),
    'The column size of the table locker is NOT NULL, but the field size may be null.',
  ],
  ['a missing unique index', withoutIndex('locker_name'), 'The table locker has no unique index locker_name (name).'],
  ['a missing index', withoutIndex('locker_size'), 'The table locker has no index for the field size.'],
  ['no table', { migrations: unrelated }, 'There is no table locker.'],
];

const ofFactsAndRules: readonly Case[] = [
  [
    'a field of the facts that the contract does not take',
    { ...withField('colour', { kind: 'text', columns: ['name'] }) },
    'The field colour is not in the schema LockerFields.',
  ],
  [
    'a field of the contract that the facts do not have',
    { contract: describeLocker(withFields({ colour: { type: ['string', 'null'] } })).contract },
    'The schema LockerFields takes colour, which is not a field.',
  ],
  [
    'an unknown kind',
    withField('size', { kind: 'colour', columns: ['size'], indexed: true }),
    'The field size is of the kind colour. Add a codec of that name to the rules.',
  ],
  [
    'a reference to no table',
    withField('owner', {
      kind: 'reference',
      columns: ['owner_id'],
      indexed: true,
      reference: { table: 'nobody', name: 'X' },
    }),
    'The field owner refers to the table nobody, which does not exist.',
  ],
  [
    'a field read from a column that the referred table lacks',
    {
      facts: {
        ...facts,
        fields: {
          ...facts.fields,
          ownerHat: { kind: 'text', columns: [], readOnly: true, through: { field: 'owner', column: 'hat' } },
        },
      },
      contract: describeLocker(
        withFields({ ownerHat: { type: 'string', readOnly: true, 'x-virtual': 'owner.username' } }),
      ).contract,
    },
    'The field ownerHat reads owner.hat, but the table account has no column hat.',
  ],
  [
    'a virtual field that no rule fills in',
    { ...describeLocker(virtual({ readOnly: true })), rules: empty },
    'The field open is virtual, but no rule complete fills it in.',
  ],
  [
    'a virtual input that no rule uses',
    { ...describeLocker(virtual({ writeOnly: true })), rules: empty },
    'The field open is virtual, but no rule prepare uses it.',
  ],
];

async function start(parts: LockerParts, database?: string): Promise<void> {
  const host = await startTestHost({ plugins: [lockerPlugin(locker, parts)], ...(database && { database }) });
  await host.stop();
}

async function refuses([, parts, says]: Case, database?: string): Promise<void> {
  const message = await start(parts, database).then(
    () => 'started',
    (error: Error & { cause?: Error }) => `${error.message} ${error.cause?.message ?? ''}`,
  );
  expect(message).to.include(`Resource Locker: ${says}`);
}

describeOnEachDatabase('the boot', (fresh) => {
  it('takes a resource whose contract, facts and table agree', async () => start({}, await fresh()));

  for (const each of ofTheTable) it(`is stopped by ${each[0]}`, async () => refuses(each, await fresh()));
});

describe('the boot', () => {
  for (const each of ofFactsAndRules) it(`is stopped by ${each[0]}`, () => refuses(each));
});
