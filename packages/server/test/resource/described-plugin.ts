/** A plugin of one resource, Locker, made of its description as the commands make it. */
import type { Migration } from '@palestra/core';
import { stringify } from 'yaml';
import { base } from '../../src/contract/base.generated.js';
import { readFragment } from '../../src/generate/fragment-files.js';
import { nextMigrations } from '../../src/generate/next-migrations.js';
import type { AnyPlugin } from '../../src/plugin/plugin.js';
import type { ResourceFacts, ResourceRules } from '../../src/plugin/resource.js';

export interface Description {
  readonly required?: readonly string[];
  readonly properties: Readonly<Record<string, object>>;
  readonly [key: string]: unknown;
}

export const lockerFields = {
  name: { type: 'string', maxLength: 50, 'x-unique': true },
  size: { type: ['integer', 'null'], 'x-indexed': true },
  owner: { 'x-reference': 'account', default: null },
} as const;

export const locker: Description = { required: ['name'], properties: lockerFields };

/** With further fields, or other ones of the same names. */
export function withFields(fields: Readonly<Record<string, object>>, more: object = {}): Description {
  return { ...locker, ...more, properties: { ...lockerFields, ...fields } };
}

export interface Described {
  readonly contract: AnyPlugin['contract'];
  readonly facts: ResourceFacts;
}

export function describeLocker(description: Description): Described {
  const resource = {
    path: '/api/locker',
    privileges: { create: 'player', read: 'player', update: 'player', delete: 'player' },
    ...description,
  };
  const text = stringify({ tags: [{ name: 'locker' }], 'x-resources': { Locker: resource } });
  const { contract, resources } = readFragment(base, 'locker', 'openapi.yaml', text);
  return { contract, facts: resources.Locker as ResourceFacts };
}

export function migrationsOf(description: Description, before: readonly Migration[] = []): Migration[] {
  return [...before, ...nextMigrations({ Locker: describeLocker(description).facts }, before)];
}

export interface LockerParts extends Partial<Described> {
  readonly migrations?: readonly Migration[];
  readonly rules?: ResourceRules;
}

export function lockerPlugin(description: Description, parts: LockerParts = {}): AnyPlugin {
  const { contract, facts, migrations, rules } = {
    ...describeLocker(description),
    migrations: migrationsOf(description),
    rules: {},
    ...parts,
  };
  return {
    name: 'locker',
    version: '1.0.0',
    host: '^1.0.0',
    contract,
    migrations,
    setup: ((scope: { resource(facts: ResourceFacts, rules: ResourceRules): { handlers: object } }) => ({
      handlers: { ...scope.resource(facts, rules).handlers },
    })) as unknown as AnyPlugin['setup'],
  };
}
