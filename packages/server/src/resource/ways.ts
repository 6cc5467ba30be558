/**
 * How rows that meet conditions are looked for: by an index of a column, by looking at rows one after the other, so
 * many in a turn, or by the index of texts where the first of them were not enough.
 */
import { turns } from '../async/turns.js';
import { createLookup, createUnitedRead, type Lookup, type SharedRead } from '../database/gathered-reads.js';
import type { Database, Tuple, Values } from '../database/types.js';
import type { Condition, Plan } from './plan.js';
import { createTextSearches } from './text-search.js';
import {
  amongIds,
  comparesIndexed,
  createLastId,
  keyOf,
  namesOne,
  type Shape,
  selectOf,
  usesIndex,
  valuesOf,
} from './way-statements.js';

/**
 * Ids that a scan looks at in one statement. SQLite answers synchronously, so a search that finds little would stop
 * everybody else for as long as it looks; how many rows fit into the time depends on how wide they are.
 */
const scanWindow = { least: 200, most: 20_000, milliseconds: 5 } as const;

/** Rows and ids of a query that is sent together with others: a server answers them one after the other. */
const fewRows = 64;
const scannedTogether = 2_048;

/**
 * Ids that a search looks at before it asks the index of texts, which costs more where many rows have the text. On a server
 * as many as one statement looks at, since each further one costs more than those rows.
 */
const scannedFirst = { sqlite: 512, mysql: scannedTogether } as const;
/** The index is asked if more ids than these would have to be looked at: it costs about as much. */
const scannedMost = 4_096;

/** Shapes kept at most; a caller may combine fields at will. */
const maxShapes = 500;

/** Rows of some of the ids behind `from`. */
type Look = (from: number, limit: number) => Promise<Looked>;

interface Looked {
  readonly rows: readonly Tuple[];
  /** No other id up to this one has a row that was asked for, unless there were as many as the limit. */
  readonly reached: number;
  /** There is nothing behind, unless there were as many as the limit. */
  readonly isEnd: boolean;
}

/** The way to look for what meets all of the conditions. */
export function createWays(
  database: Database,
  plan: Plan,
  columns: readonly string[],
): (conditions: readonly Condition[], together?: boolean) => Promise<Look> {
  const readFor = createReads(database, plan, columns);
  const lastId = createLastId(database, plan);
  const textSearches = plan.textIndex && createTextSearches(plan.textIndex);
  let window: number = scanWindow.least * 10;

  /** All rows, one window after the other. */
  function scan(conditions: readonly Condition[], values: Values, most = Number.POSITIVE_INFINITY): Look {
    const shared = readFor({ conditions, scope: 'window' });
    const read = (range: Range) =>
      shared(
        { ...values, ...range },
        range.until - range.after <= scannedTogether && range.limit <= fewRows ? 'few' : 'many',
      );
    // A server looks while others have their turn, and the time that it takes says more of what else it does.
    if (database.dialect.name === 'mysql') {
      const first = [scannedTogether];
      return inWindows({ lastId, read, size: () => Math.min(first.pop() ?? scanWindow.most, most) });
    }
    let milliseconds = 0;
    return inWindows({
      lastId,
      size: () => Math.min(window, most),
      read: (range) =>
        turns.run(async () => {
          const begun = performance.now();
          const rows = await read(range);
          milliseconds = performance.now() - begun;
          return rows;
        }),
      looked(ids) {
        window = nextWindow(window, ids, milliseconds);
      },
    });
  }

  /** Rows that the index of texts names. */
  async function searched(conditions: readonly Condition[], values: Values): Promise<Look | undefined> {
    const search = await textSearches?.searchFor(conditions);
    if (!search) return undefined;
    const end = await lastId();
    const rowsOf = (ids: readonly number[], after: number, limit: number) => {
      const among = amongIds(database, ids);
      const read = readFor({ conditions, scope: among.scope });
      return turns.run(() => read({ ...values, ...among.values, after, limit }));
    };
    return async (from, limit) => {
      const looked = await turns.run(() => search.look({ from, end, limit, rowsOf }));
      return { ...looked, isEnd: looked.reached >= end };
    };
  }

  const byId = createLookup(database, plan.qualified('id'), (knex) => plan.select(knex, columns));

  return async (conditions, together = false) => {
    const values = valuesOf(conditions);
    const [only] = conditions;
    if (only && conditions.length === 1 && namesOne(only)) return oneRow(byId, only.values[0] as number);
    if (database.dialect.name === 'sqlite' && comparesIndexed(conditions)) {
      const compared = inSteps(readFor, conditions);
      return scanThenSearch(compared, compared, () => searched(conditions, values));
    }
    if (conditions.length === 0 || conditions.some(usesIndex)) {
      return indexed(readFor({ conditions, scope: 'all' }), values, together || conditions.every(usesIndex));
    }
    if (!textSearches?.knows(conditions)) return scan(conditions, values);
    const [first, others] = [scan(conditions, values, scannedFirst[database.dialect.name]), scan(conditions, values)];
    return scanThenSearch(first, others, () => searched(conditions, values));
  };
}

function indexed(read: SharedRead, values: Values, together: boolean): Look {
  const reached = Number.POSITIVE_INFINITY;
  return async (after, limit) => {
    const reads = together && limit <= fewRows ? 'few' : 'many';
    return { rows: await read({ ...values, after, limit }, reads), reached, isEnd: true };
  };
}

/** One statement for each shape, composed when it is first needed. */
function createReads(database: Database, plan: Plan, columns: readonly string[]): (shape: Shape) => SharedRead {
  const shapes = new Map<string, SharedRead>();
  return (shape) => {
    const key = keyOf(shape);
    const known = shapes.get(key);
    if (known) return known;
    if (shapes.size >= maxShapes) shapes.clear();
    const read = createUnitedRead(database, selectOf(database, plan, columns, shape));
    shapes.set(key, read);
    return read;
  };
}

/** Ids behind `after` up to `until`; at most `limit` rows. */
interface Range extends Record<string, number> {
  readonly after: number;
  readonly until: number;
  readonly limit: number;
}

interface Windows {
  readonly lastId: () => Promise<number>;
  /** Ids in the next one. */
  readonly size: () => number;
  readonly read: (range: Range) => Promise<readonly Tuple[]>;
  /** Told how many ids of the table were looked at. */
  readonly looked?: (ids: number) => void;
}

/** Where the table ends is asked only of a search that finds less than its limit. */
function inWindows({ lastId, size, read, looked }: Windows): Look {
  let end = Number.POSITIVE_INFINITY;
  return async (after, limit) => {
    const until = after + size();
    const rows = await read({ after, until, limit });
    const hasEnough = rows.length >= limit;
    if (!hasEnough && end === Number.POSITIVE_INFINITY) end = await lastId();
    looked?.((hasEnough ? Number(rows.at(-1)?.[0]) : Math.min(until, end)) - after);
    return { rows, reached: until, isEnd: until >= end };
  };
}

/** Rows that the index of a column has, so many at a time: SQLite answers nobody else while it compares their texts. */
function inSteps(readFor: (shape: Shape) => SharedRead, conditions: readonly Condition[]): Look {
  const [values, indexedValues] = [valuesOf(conditions), valuesOf(conditions, usesIndex)];
  const read = readFor({ conditions, scope: 'window' });
  const endOfStep = readFor({ conditions, scope: 'end of step' });
  return async (after, limit) => {
    const [last] = await endOfStep({ ...indexedValues, after, limit: 1 });
    const until = last ? Number(last[0]) : Number.MAX_SAFE_INTEGER;
    const rows = await turns.run(() => read({ ...values, after, until, limit }));
    return { rows, reached: until, isEnd: last === undefined };
  };
}

/** Looks by the index from where what is left of the limit is further away than a scan should go, as it found rows so far. */
function scanThenSearch(first: Look, others: Look, searched: () => Promise<Look | undefined>): Look {
  let look = first;
  let [scanned, found, asked] = [0, 0, false];
  return async (from, limit) => {
    const looked = await look(from, limit);
    if (look !== first && look !== others) return looked;
    look = others;
    const missing = looked.isEnd ? 0 : limit - looked.rows.length;
    scanned += looked.reached - from;
    found += looked.rows.length;
    if (asked || missing * scanned <= found * scannedMost) return looked;
    asked = true;
    look = (await searched()) ?? others;
    return looked;
  };
}

function oneRow(byId: Lookup, id: number): Look {
  return async (after) => {
    const row = id > after ? await byId(id) : undefined;
    return { rows: row ? [row] : [], reached: Number.POSITIVE_INFINITY, isEnd: true };
  };
}

/** Only a whole window tells how long one takes; the last one of a table is shorter. */
function nextWindow(window: number, looked: number, milliseconds: number): number {
  if (looked < window && milliseconds < scanWindow.milliseconds) return window;
  const fit = (looked * scanWindow.milliseconds) / Math.max(milliseconds, 0.1);
  return Math.round(Math.max(scanWindow.least, Math.min(fit, window * 2, scanWindow.most)));
}
