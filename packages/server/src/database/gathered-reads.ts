/**
 * Reads asked for in one turn of the event loop, or while the database server works on others of their kind, sent together:
 * what a statement costs this process is mostly sending it and taking its answer apart, whether it asks for one row or for
 * ten. Nothing is shared once it was sent, so no answer is older than its request. SQLite answers at once and gains nothing
 * by it.
 */
import type { Knex } from 'knex';
import { type GatheringBounds, gathering, type Send } from './gathering.js';
import { joinedTransaction } from './joined-transaction.js';
import type { Database, QueryFactory, Scalar, SelectFactory, Statement, Tuple, Unit, Values } from './types.js';

/** The row whose first column has this value; it is a unique key. */
export type Lookup = (key: number, unit?: Unit) => Promise<Tuple | undefined>;

/**
 * Rows of a query, each in the order of its columns, perhaps with a number behind them; others may have been given the
 * same rows. Queries that read `few` rows are sent together with others of their kind.
 */
export type SharedRead = (values: Values, reads?: 'few' | 'many') => Promise<readonly Tuple[]>;

/** Keys of one statement; fewer are filled up to the next of these numbers, so that few statements are prepared. */
const lookupSizes = [2, 4, 8, 16, 32] as const;
const mostKeys = 32;

/** Queries of one statement: each of these numbers is a statement of its own. */
const unionSizes = [8, 4, 2, 1] as const;

/** Of one kind: the server works on one batch while this process takes the answer of the other apart. */
const bounds: GatheringBounds = { mostUnderWay: 2, longestWait: 5 };

/** @param rows selects `column`, a number, first */
export function createLookup(database: Database, column: string, rows: (knex: Knex) => Knex.QueryBuilder): Lookup {
  const one = database.statement((knex, parameter) => rows(knex).where(column, parameter('key')));
  const alone: Lookup = async (key, unit) => (await one.tuples({ key }, unit))[0];
  if (database.dialect.name === 'sqlite') return alone;
  const statementOf = bySize((size) =>
    database.statement((knex, parameter) =>
      rows(knex).whereIn(
        column,
        Array.from({ length: size }, (_, at) => parameter(nameOf('key', at))),
      ),
    ),
  );

  async function read(keys: readonly number[]): Promise<readonly Tuple[]> {
    const [first = 0] = keys;
    if (keys.length === 1) return one.tuples({ key: first });
    const size = lookupSizes.find((size) => size >= keys.length) ?? mostKeys;
    const values: Record<string, number> = {};
    for (let at = 0; at < size; at++) values[nameOf('key', at)] = keys[at] ?? first;
    return statementOf(size).tuples(values);
  }

  const gathered = gathering((keys: ReadonlyMap<number, number>) => {
    const answers = new Map<number, Promise<ReadonlyMap<unknown, Tuple>>>();
    for (const some of slices([...keys.keys()], () => mostKeys)) {
      const found = read(some).then((rows) => new Map(rows.map((row) => [row[0], row])));
      for (const key of some) answers.set(key, found);
    }
    return answers;
  }, bounds);
  return async (key, unit) => {
    if (unit || joinedTransaction()) return alone(key, unit);
    return (await gathered(key, key)).get(key);
  };
}

/** Sends those once that have equal values. */
export function createSharedRead(database: Database, query: QueryFactory): SharedRead {
  const one = database.statement(query);
  return shared(database, one);
}

/** Sends those once that have equal values, and as one UNION those that read few rows. */
export function createUnitedRead(database: Database, select: SelectFactory): SharedRead {
  const one = database.statement(select);
  const unionOf = bySize((size) => database.statement(unionQuery(select, size)));

  async function readAll(asked: readonly Values[]): Promise<Tuple[][]> {
    const [only] = asked;
    if (only && asked.length === 1) return [await one.tuples(only)];
    const values: Record<string, Scalar> = {};
    asked.forEach((each, at) => {
      for (const [name, value] of Object.entries(each)) values[nameOf(name, at)] = value;
    });
    const found: Tuple[][] = asked.map(() => []);
    for (const row of await unionOf(asked.length).tuples(values)) found[row.at(-1) as number]?.push(row);
    return found;
  }

  function sendFew(asked: ReadonlyMap<string, Values>) {
    const answers = new Map<string, Promise<readonly Tuple[]>>();
    for (const some of slices([...asked], (left) => unionSizes.find((size) => size <= left) ?? 1)) {
      const found = readAll(some.map(([, values]) => values));
      for (const [at, [key]] of some.entries()) answers.set(key, rowsAt(found, at));
    }
    return answers;
  }

  return shared(database, one, sendFew);
}

const rowsAt = async (found: Promise<Tuple[][]>, at: number): Promise<Tuple[]> => (await found)[at] ?? [];

/** One SELECT for each of so many; the last column of a row says whose it is. */
function unionQuery(select: SelectFactory, size: number): QueryFactory {
  return (knex, parameter) => {
    const parts = Array.from({ length: size }, (_, at) =>
      select(knex, (name) => parameter(nameOf(name, at))).select(knex.raw('? as ??', [knex.raw(String(at)), 'part'])),
    );
    return knex.raw(parts.map(() => '?').join(' union all '), parts);
  };
}

const nameOf = (name: string, at: number): string => `${name}_of_${at}`;

function bySize(make: (size: number) => Statement): (size: number) => Statement {
  const made = new Map<number, Statement>();
  return (size) => {
    const statement = made.get(size) ?? make(size);
    made.set(size, statement);
    return statement;
  };
}

/** Cut one after the other, each as long as `sizeFor` says for what is left. */
function slices<Item>(items: readonly Item[], sizeFor: (left: number) => number): Item[][] {
  const cut: Item[][] = [];
  for (let at = 0; at < items.length; at += cut.at(-1)?.length ?? 0) {
    cut.push(items.slice(at, at + sizeFor(items.length - at)));
  }
  return cut;
}

type SendValues = Send<string, Values, readonly Tuple[]>;

/** @param sendFew of queries that read few rows; without it, each is sent by itself */
function shared(database: Database, one: Statement, sendFew?: SendValues): SharedRead {
  if (database.dialect.name === 'sqlite') return (values) => one.tuples(values);
  const many = gathering((asked: ReadonlyMap<string, Values>) => {
    return new Map([...asked].map(([key, values]) => [key, one.tuples(values)]));
  });
  const few = sendFew ? gathering(sendFew, bounds) : many;
  return (values, reads = 'many') => {
    if (joinedTransaction()) return one.tuples(values);
    return (reads === 'few' ? few : many)(JSON.stringify(values), values);
  };
}
