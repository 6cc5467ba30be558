/** Only scalars reach a driver, and every name that SQL was compiled with has a value. */
import type { Knex } from 'knex';
import type { Parameter, Scalar, Values } from './types.js';

/** In knex's bindings, the place of a value that each run gives. */
class Slot {
  /** knex's type of a binding. */
  readonly [member: string]: unknown;

  constructor(readonly name: string) {}
}

export function parameterOf(knex: Knex): Parameter {
  const parameter = (name: string) => knex.raw('?', [new Slot(name)]);
  return Object.assign(parameter, {
    each: (columns: readonly string[] | Readonly<Record<string, string>>) => {
      const named = Array.isArray(columns) ? columns.map((column) => [column, column]) : Object.entries(columns);
      return Object.fromEntries(named.map(([name, column]) => [column, parameter(name)]));
    },
  });
}

export interface CompiledQuery {
  readonly sql: string;
  /** In the order of the placeholders; a name may occur more than once. */
  readonly slots: readonly (Scalar | Slot)[];
  readonly names: ReadonlySet<string>;
}

/** @throws TypeError for what is not one statement, and for a constant that is not a scalar */
export function compileQuery(query: Knex.QueryBuilder | Knex.Raw): CompiledQuery {
  const compiled = query.toSQL();
  if (Array.isArray(compiled)) throw new TypeError('Only one statement can be compiled at a time.');
  const { sql, bindings } = compiled.toNative();
  const slots = bindings.map((binding: unknown) => (binding instanceof Slot ? binding : toScalar(binding, sql)));
  const names = new Set(slots.filter((slot) => slot instanceof Slot).map((slot) => slot.name));
  return { sql, slots, names };
}

const noValues: Values = {};

/** @throws TypeError for a name without a value, a value without a name, and a value that is not a scalar */
export function bind({ sql, slots, names }: CompiledQuery, values: Values = noValues): Scalar[] {
  const given = Object.keys(values);
  if (given.length !== names.size) throw mismatch(sql, names, given);
  return slots.map((slot) => (slot instanceof Slot ? valueFor(slot.name, values, sql) : slot));
}

/** For bindings that knex made, outside of compiled statements. */
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
