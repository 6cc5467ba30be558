/**
 * Reads asked for in one turn of the event loop, sent together at its end to a database server: what a statement costs this
 * process is mostly sending it and taking its answer apart, whether it asks for one row or for ten. Nothing is shared once
 * it was sent, so no answer is older than its request. SQLite answers at once and gains nothing by it.
 */
import type { Knex } from 'knex';
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

  const gathered = atEndOfTurn((keys: ReadonlyMap<number, number>) => {
    const answers = new Map<number, Promise<ReadonlyMap<unknown, Tuple>>>();
    for (const some of slices([...keys.keys()], () => mostKeys)) {
      const found = read(some).then((rows) => new Map(rows.map((row) => [row[0], row])));
      for (const key of some) answers.set(key, found);
    }
    return answers;
  });
  return async (key, unit) => {
    if (unit || joinedTransaction()) return alone(key, unit);
    return (await gathered(key, key)).get(key);
  };
}

/** Sends those once that have equal values. */
export function createSharedRead(database: Database, query: QueryFactory): SharedRead {
  const one = database.statement(query);
  return shared(database, one, (asked) => new Map([...asked].map(([key, { values }]) => [key, one.tuples(values)])));
}

/** Sends those once that have equal values, and as one UNION those that read few rows. */
export function createUnitedRead(database: Database, select: SelectFactory): SharedRead {
  const one = database.statement(select);
  const unionOf = bySize((size) => database.statement(unionQuery(select, size)));

  async function readAll(asked: readonly Asked[]): Promise<Tuple[][]> {
    const [only] = asked;
    if (only && asked.length === 1) return [await one.tuples(only.values)];
    const values: Record<string, Scalar> = {};
    asked.forEach((each, at) => {
      for (const [name, value] of Object.entries(each.values)) values[nameOf(name, at)] = value;
    });
    const found: Tuple[][] = asked.map(() => []);
    for (const row of await unionOf(asked.length).tuples(values)) found[row.at(-1) as number]?.push(row);
    return found;
  }

  return shared(database, one, (asked) => {
    const answers = new Map<string, Promise<readonly Tuple[]>>();
    const few = [...asked].filter(([, { reads }]) => reads === 'few');
    for (const some of slices(few, (left) => unionSizes.find((size) => size <= left) ?? 1)) {
      const found = readAll(some.map(([, each]) => each));
      for (const [at, [key]] of some.entries()) answers.set(key, rowsAt(found, at));
    }
    for (const [key, { values, reads }] of asked) if (reads !== 'few') answers.set(key, one.tuples(values));
    return answers;
  });
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

interface Asked {
  readonly values: Values;
  readonly reads: 'few' | 'many';
}

type Send = (asked: ReadonlyMap<string, Asked>) => ReadonlyMap<string, Promise<readonly Tuple[]>>;

function shared(database: Database, one: Statement, send: Send): SharedRead {
  if (database.dialect.name === 'sqlite') return (values) => one.tuples(values);
  const gathered = atEndOfTurn(send);
  return (values, reads = 'many') =>
    joinedTransaction() ? one.tuples(values) : gathered(JSON.stringify(values), { values, reads });
}

/** Sends what is asked for in one turn, what has the same key once, when all that came with it was read from its sockets. */
function atEndOfTurn<Key, Asked, Answer>(
  send: (asked: ReadonlyMap<Key, Asked>) => ReadonlyMap<Key, Promise<Answer>>,
): (key: Key, asked: Asked) => Promise<Answer> {
  let turn:
    | { readonly asked: Map<Key, Asked>; readonly answers: Promise<ReadonlyMap<Key, Promise<Answer>>> }
    | undefined;

  function begin() {
    const asked = new Map<Key, Asked>();
    const answers = new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
      turn = undefined;
      return send(asked);
    });
    return { asked, answers };
  }

  return async (key, asked) => {
    turn ??= begin();
    turn.asked.set(key, asked);
    return (await turn.answers).get(key) as Promise<Answer>;
  };
}
