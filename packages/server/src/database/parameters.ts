/** Only scalars reach a driver, and every name that SQL was composed with has a value. */
import type { Knex } from 'knex';
import type { Scalar, Values } from './types.js';

/** Stands in knex's bindings where a value goes at each run. */
class Parameter {
  constructor(readonly name: string) {}
}

export function parameterOf(knex: Knex): (name: string) => Knex.Raw {
  return (name) => knex.raw('?', [new Parameter(name) as never]);
}

export interface Composed {
  readonly sql: string;
  /** In the order of the placeholders; a name may stand more than once. */
  readonly slots: readonly (Scalar | Parameter)[];
  readonly names: ReadonlySet<string>;
}

/** @throws TypeError for what is not one statement, and for a constant that is no scalar */
export function compose(query: Knex.QueryBuilder | Knex.Raw): Composed {
  const compiled = query.toSQL();
  if (Array.isArray(compiled)) throw new TypeError('One statement is composed at a time.');
  const { sql, bindings } = compiled.toNative();
  const slots = bindings.map((binding: unknown) => (binding instanceof Parameter ? binding : toScalar(binding, sql)));
  const names = new Set(slots.filter((slot) => slot instanceof Parameter).map((slot) => slot.name));
  return { sql, slots, names };
}

const noValues: Values = {};

/** @throws TypeError for a name without a value, a value without a name, and a value that is no scalar */
export function bind({ sql, slots, names }: Composed, values: Values = noValues): Scalar[] {
  const given = Object.keys(values);
  if (given.length !== names.size) throw mismatch(sql, names, given);
  const bound = new Array<Scalar>(slots.length);
  for (let index = 0; index < slots.length; index++) {
    const slot = slots[index] as Scalar | Parameter;
    bound[index] = slot instanceof Parameter ? valueFor(slot.name, values, sql) : slot;
  }
  return bound;
}

/** For bindings that knex made, outside of composed statements. */
export function toScalars(bindings: readonly unknown[] | undefined, sql: string): Scalar[] {
  return bindings?.map((binding) => toScalar(binding, sql)) ?? [];
}

function valueFor(name: string, values: Values, sql: string): Scalar {
  const value = values[name];
  if (isScalar(value)) return value;
  if (value === undefined) throw new TypeError(`No value for "${name}" in: ${sql}`);
  throw new TypeError(`The value for "${name}" is ${describe(value)}, not a scalar, in: ${sql}`);
}

function toScalar(value: unknown, sql: string): Scalar {
  if (isScalar(value)) return value;
  throw new TypeError(`A constant is ${describe(value)}, not a scalar, in: ${sql}`);
}

/** No booleans (the databases have none), no dates (instants are integers), no NaN (MySQL has none). */
function isScalar(value: unknown): value is Scalar {
  switch (typeof value) {
    case 'string':
      return true;
    case 'number':
      return Number.isFinite(value);
    default:
      return value === null || value instanceof Uint8Array;
  }
}

/** The kind alone: messages go to logs, values may be secrets. */
function describe(value: unknown): string {
  if (typeof value !== 'object' || value === null) return typeof value;
  return Array.isArray(value) ? 'an array' : 'an object';
}

function mismatch(sql: string, names: ReadonlySet<string>, given: readonly string[]): TypeError {
  const unknown = given.filter((name) => !names.has(name));
  const missing = [...names].filter((name) => !given.includes(name));
  const faults = [
    ...unknown.map((name) => `no parameter "${name}"`),
    ...missing.map((name) => `no value for "${name}"`),
  ];
  return new TypeError(`There is ${faults.join(', ')} in: ${sql}`);
}
