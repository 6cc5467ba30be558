/**
 * Every limit of a resource's fields and of the configuration, at its border: what is within it is taken and kept, by both
 * databases, and one beyond it is refused. The limits are those of the contract and of the configuration's schemas.
 */
import type { Schema } from '@palestra/core';
import { gym } from '@palestra/plugin-gym';
import { merchandise } from '@palestra/plugin-merchandise';
import { stams } from '@palestra/plugin-stams';
import { team } from '@palestra/plugin-team';
import { transaction } from '@palestra/plugin-transaction';
import { createPalestra } from '@palestra/server';
import { type Account, describeOnEachDatabase, startTestHost, type TestHost } from '@palestra/server/testing';
import { expect } from 'chai';
import { configSchema as stamsConfig } from '../packages/plugins/stams/src/config.js';
import { configSchema as transactionConfig } from '../packages/plugins/transaction/src/config.js';
import { configSchema as identity } from '../packages/server/src/identity/config.js';

const plugins = [gym, merchandise, transaction, team, stams];
const document = createPalestra({ plugins, dataDir: 'never-opened' }).openapi();

type Schemas = Readonly<Record<string, Schema>>;
const schemas = (document.components?.schemas ?? {}) as Schemas;

interface Case {
  readonly what: string;
  readonly value: unknown;
  readonly taken: boolean;
}

const resolved = (schema: Schema): Schema =>
  typeof schema.$ref === 'string' ? resolved(schemas[schema.$ref.split('/').at(-1) ?? ''] ?? {}) : schema;
const isNumber = (value: unknown): value is number => typeof value === 'number';

/** The values around each limit of one field; none where a format or pattern decides too. */
function casesOf(given: Schema): Case[] {
  const schema = resolved(given);
  const { minimum, maximum, minLength, maxLength, minItems, maxItems } = schema;
  const types = [schema.type].flat();
  const cases: Case[] = [];
  const around = (limit: unknown, name: string, outwards: 1 | -1, make: (size: number) => unknown) => {
    if (!isNumber(limit)) return;
    for (const step of [-outwards, 0, outwards]) {
      const size = limit + step;
      if (size < 0 && name !== 'minimum') continue;
      cases.push({ what: `${name} ${limit}: ${size}`, value: make(size), taken: step !== outwards });
    }
  };
  const numbers = types.includes('integer') && Number.isSafeInteger(Number(maximum ?? 0) + 1);
  if (numbers) {
    around(minimum, 'minimum', -1, (size) => size);
    around(maximum, 'maximum', 1, (size) => size);
  }
  if (types.includes('string') && schema.format === undefined && schema.pattern === undefined) {
    around(minLength, 'minLength', -1, textOf);
    around(maxLength, 'maxLength', 1, textOf);
  }
  const item = resolved((schema.items ?? {}) as Schema);
  if (types.includes('array') && item.type === 'string' && item.pattern === undefined && item.format === undefined) {
    around(minItems, 'minItems', -1, (size) => Array.from({ length: size }, (_, at) => `item ${at}`));
    around(maxItems, 'maxItems', 1, (size) => Array.from({ length: size }, (_, at) => `item ${at}`));
    for (const each of casesOf(item)) cases.push({ ...each, what: `items ${each.what}`, value: [each.value] });
  }
  return cases;
}

let texts = 0;
/** Different each time, for a field that is unique. */
function textOf(length: number): string {
  texts += 1;
  return `${texts} `.padEnd(length, 'x').slice(0, length);
}

describeOnEachDatabase('the limits of the contract', (fresh) => {
  let host: TestHost;
  let owner: Account;
  let gymId: string;
  before(async () => {
    host = await startTestHost({ plugins, database: await fresh() });
    owner = await host.account('operator');
    gymId = (await host.operate('/api/gym', owner.token, 'create', { name: 'Iron Temple' })).body.data._id;
  });
  after(() => host.stop());

  const resources: readonly (readonly [path: string, fields: string, base: () => object])[] = [
    ['/api/gym', 'GymFields', () => ({ name: `Gym ${textOf(9)}` })],
    ['/api/merchandise', 'MerchandiseFields', () => ({ name: `Thing ${textOf(9)}`, type: 1, gym: gymId })],
  ];
  for (const [path, fields, base] of resources) {
    const properties = (schemas[fields]?.properties ?? {}) as Schemas;
    for (const [field, schema] of Object.entries(properties)) {
      for (const { what, value, taken } of casesOf(schema)) {
        it(`of ${field} at ${path}: ${what} is ${taken ? 'taken' : 'refused'}`, async () => {
          const answer = await host.operate(path, owner.token, 'create', { ...base(), [field]: value });
          if (!taken) {
            expect(answer.status).to.equal(400);
            expect(answer.body.exceptionMessage).to.include(field);
            return;
          }
          expect(answer.status, answer.text).to.equal(201);
          const kept = await host.request('GET', `${path}/${answer.body.data._id}`, { token: owner.token });
          expect(kept.body.data[field]).to.deep.equal(value);
        });
      }
    }
  }
});

describe('the limits of the configuration', () => {
  const parts: readonly (readonly [part: string, schema: Schema])[] = [
    ['identity', identity],
    ['stams', stamsConfig],
    ['transaction', transactionConfig],
  ];
  for (const [part, schema] of parts) {
    for (const [setting, facts] of Object.entries((schema.properties ?? {}) as Schemas)) {
      for (const { what, value, taken } of casesOf(facts)) {
        it(`of ${part}.${setting}: ${what} is ${taken ? 'taken' : 'refused'}`, () => {
          const create = () =>
            createPalestra({ plugins, dataDir: 'never-opened', config: { [part]: { [setting]: value } } });
          if (taken) create();
          else expect(create).to.throw(setting);
        });
      }
    }
  }
});
