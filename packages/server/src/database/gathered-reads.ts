/**
 * Reads asked for in one turn of the event loop, sent together at its end to a database server: what a statement costs this
 * process is mostly sending it and taking its answer apart, whether it asks for one row or for ten. Nothing is shared once
 * it was sent, so no answer is older than its request. SQLite answers at once and gains nothing by it.
 */
import type { Knex } from 'knex';
import { joinedTransaction } from './joined-transaction.js';
import type { Database, Statement, Tuple, Unit, Values } from './types.js';

/** The row whose first column has this value; it is a unique key. */
export type Lookup = (key: number, unit?: Unit) => Promise<Tuple | undefined>;

/** Rows of a query, each in the order of its columns; others may have been given the same rows. */
export type SharedRead = (values: Values) => Promise<readonly Tuple[]>;

/** Keys of one statement; fewer are filled up to the next of these numbers, so that few statements are prepared. */
const sizes = [2, 4, 8, 16, 32] as const;
const most = 32;

/** @param rows selects `column`, a number, first */
export function createLookup(database: Database, column: string, rows: (knex: Knex) => Knex.QueryBuilder): Lookup {
  const one = database.statement((knex, parameter) => rows(knex).where(column, parameter('key')));
  const alone: Lookup = async (key, unit) => (await one.tuples({ key }, unit))[0];
  if (database.dialect.name === 'sqlite') return alone;
  const statements = new Map<number, Statement>();

  function statementFor(size: number): Statement {
    const known = statements.get(size);
    if (known) return known;
    const statement = database.statement((knex, parameter) =>
      rows(knex).whereIn(
        column,
        Array.from({ length: size }, (_, at) => parameter(nameOf(at))),
      ),
    );
    statements.set(size, statement);
    return statement;
  }

  async function read(keys: readonly number[]): Promise<ReadonlyMap<unknown, Tuple>> {
    const [first = 0] = keys;
    if (keys.length === 1) return byKey(await one.tuples({ key: first }));
    const size = sizes.find((size) => size >= keys.length) ?? most;
    const values: Record<string, number> = {};
    for (let at = 0; at < size; at++) values[nameOf(at)] = keys[at] ?? first;
    return byKey(await statementFor(size).tuples(values));
  }

  const gathered = atEndOfTurn(read);
  return async (key, unit) => {
    if (unit || joinedTransaction()) return alone(key, unit);
    return (await gathered(key)).get(key);
  };
}

const nameOf = (at: number): string => `key_${at}`;

function byKey(rows: readonly Tuple[]): ReadonlyMap<unknown, Tuple> {
  return new Map(rows.map((row) => [row[0], row]));
}

/** Of the keys that come in one turn, so many at once as one statement takes. */
function atEndOfTurn<Answers>(read: (keys: readonly number[]) => Promise<Answers>): (key: number) => Promise<Answers> {
  let gathering: { readonly keys: Set<number>; readonly answers: Promise<Answers> } | undefined;

  function begin() {
    const keys = new Set<number>();
    const answers = endOfTurn().then(() => {
      if (gathering?.keys === keys) gathering = undefined;
      return read([...keys]);
    });
    return { keys, answers };
  }

  return (key) => {
    if (gathering?.keys.size === most) gathering = undefined;
    gathering ??= begin();
    gathering.keys.add(key);
    return gathering.answers;
  };
}

/** Sends those once that have equal values. */
export function createSharedRead(database: Database, statement: Statement): SharedRead {
  if (database.dialect.name === 'sqlite') return (values) => statement.tuples(values);
  const gathered = new Map<string, Promise<Tuple[]>>();
  return (values) => {
    if (joinedTransaction()) return statement.tuples(values);
    const key = JSON.stringify(values);
    const known = gathered.get(key);
    if (known) return known;
    const rows = endOfTurn().then(() => {
      gathered.delete(key);
      return statement.tuples(values);
    });
    gathered.set(key, rows);
    return rows;
  };
}

/** When all that came with it has been read from its sockets. */
function endOfTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
