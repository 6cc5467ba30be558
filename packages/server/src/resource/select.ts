/**
 * Reads a resource in chunks along its ids, so that neither memory nor the event loop knows how many there are: by an
 * index of its columns, by the index of its texts, or by looking at all rows, so many in a turn.
 */
import { setImmediate } from 'node:timers/promises';
import type { Knex } from 'knex';
import type { Database, Scalar, Statement, Tuple } from '../database/types.js';
import type { Condition, Plan, PlannedField, Query } from './plan.js';
import { createScanTurns } from './scan-turns.js';
import { chunkLimits } from './stream.js';
import { createTextSearch } from './text-search.js';

/** Rows of the first chunk at most: how wide they are is not known before any were read, and may have changed. */
const firstChunk = { unknown: 32, known: 128 } as const;

/**
 * Ids that a scan looks at in one statement. SQLite answers synchronously, so a search that finds little would stop
 * everybody else for as long as it looks; how many rows fit into the time depends on how wide they are.
 */
const scanWindow = { least: 200, most: 20_000, milliseconds: 5 } as const;

/** Of all searches in this process. */
const turns = createScanTurns(scanWindow.milliseconds);

/** Shapes kept at most; a caller may combine fields at will. */
const maxShapes = 500;

/** What of the table a statement looks at: all, ids up to one, some ids. */
type Scope = 'all' | 'window' | 'candidates';

interface Shape {
  readonly conditions: readonly Condition[];
  readonly scope: Scope;
}

export interface Page {
  /** In the order of the selected columns, `id` first. */
  readonly rows: Tuple[];
  /** About. */
  readonly bytes: number;
  /** Undefined behind the last page. */
  readonly next: (() => Promise<Page>) | undefined;
}

export interface Selector {
  /** The first rows in order of `id`; a page may be empty and have a next one. */
  page(query: Query): Promise<Page>;
}

/** Rows of some of the ids behind `from`. */
type Look = (from: number, limit: number) => Promise<Looked>;

interface Looked {
  readonly rows: Tuple[];
  /** No other id up to this one has a row that was asked for, unless there were as many as the limit. */
  readonly reached: number;
}

/** How far a query has come, and how much it takes at once. */
interface Position {
  readonly from: number;
  readonly left: number;
  readonly limit: number;
}

export function createSelector(database: Database, plan: Plan, columns: readonly string[]): Selector {
  const { table } = plan.facts;
  const shapes = new Map<string, Statement>();
  const highest = database.statement<{ highest: number | null }>((knex) => knex(table).max({ highest: 'id' }));
  let rowBytes = 0;
  let window: number = scanWindow.least * 10;
  const textSearch = plan.textIndex && createTextSearch(plan.textIndex);

  function statementFor(shape: Shape): Statement {
    const key = keyOf(shape);
    const known = shapes.get(key);
    if (known) return known;
    if (shapes.size >= maxShapes) shapes.clear();
    const statement = compose(database, plan, columns, shape);
    shapes.set(key, statement);
    return statement;
  }

  /** The widest chunk lately decides how many rows the next list begins with. */
  function learn(rows: number, bytes: number): number {
    if (rows === 0) return rowBytes;
    const average = bytes / rows;
    rowBytes = Math.max(average, rowBytes * 0.9);
    return average;
  }

  /** Looks at so many ids, when it is this search's turn. */
  function scan(look: () => Promise<Tuple[]>, looked: number): Promise<Tuple[]> {
    const timed = async (): Promise<Tuple[]> => {
      const begun = performance.now();
      const rows = await look();
      window = nextWindow(window, looked, performance.now() - begun);
      return rows;
    };
    return database.dialect.name === 'sqlite' ? turns.run(timed) : timed();
  }

  const firstLimit = (): number => fitting(rowBytes, rowBytes > 0 ? firstChunk.known : firstChunk.unknown);

  const lastId = async (): Promise<number> => (await highest.first())?.highest ?? 0;

  /** The way to look for what meets the conditions, and the id where it ends. */
  async function wayOf(conditions: readonly Condition[]): Promise<{ readonly look: Look; readonly end: number }> {
    const values = valuesOf(conditions);
    if (conditions.length === 0 || conditions.some(usesIndex)) {
      const statement = statementFor({ conditions, scope: 'all' });
      const end = Number.POSITIVE_INFINITY;
      return {
        look: async (after, limit) => ({ rows: await statement.tuples({ ...values, after, limit }), reached: end }),
        end,
      };
    }
    const end = await lastId();
    const search = await textSearch?.(conditions);
    if (search) {
      const statement = statementFor({ conditions, scope: 'candidates' });
      const rowsOf = (ids: string, after: number, limit: number) =>
        turns.run(() => statement.tuples({ ...values, after, limit, ids }));
      return { look: (from, limit) => turns.run(() => search.look({ from, end, limit, rowsOf })), end };
    }
    const statement = statementFor({ conditions, scope: 'window' });
    return {
      async look(after, limit) {
        const until = Math.min(after + window, end);
        const rows = await scan(() => statement.tuples({ ...values, after, limit, until }), until - after);
        return { rows, reached: until };
      },
      end,
    };
  }

  return {
    async page({ conditions, find, after }) {
      const { look, end } = await wayOf(conditions);

      async function read({ from, left, limit }: Position): Promise<Page> {
        const { rows, reached } = await look(from, limit);
        const bytes = widthOf(rows);
        const average = learn(rows.length, bytes);
        const full = rows.length === limit;
        if (full ? left <= limit : reached >= end) return { rows, bytes, next: undefined };
        const position = {
          from: full ? (rows.at(-1)?.[0] as number) : reached,
          left: left - rows.length,
          limit: Math.min(left - rows.length, full ? fitting(average, limit * 4) : limit),
        };
        return { rows, bytes, next: () => setImmediate().then(() => read(position)) };
      }

      return read({ from: after, left: find, limit: Math.min(find, firstLimit()) });
    },
  };
}

/** The pages of a query, one after the other. */
export async function* pagesOf(first: Page): AsyncGenerator<Page, void> {
  for (let page = first; ; page = await page.next()) {
    yield page;
    if (!page.next) return;
  }
}

/** Rows of this width that a chunk may have. */
function fitting(rowBytes: number, most: number): number {
  const rows = rowBytes > 0 ? Math.floor(chunkLimits.bytes / rowBytes) : most;
  return Math.max(1, Math.min(rows, most, chunkLimits.rows));
}

/** Text is nearly all of it; a number is taken for 8. */
function widthOf(rows: readonly Tuple[]): number {
  let bytes = 0;
  for (const row of rows) for (const cell of row) bytes += typeof cell === 'string' ? cell.length : 8;
  return bytes;
}

/** Only a whole window tells how long one takes; the last one of a table is shorter. */
function nextWindow(window: number, looked: number, milliseconds: number): number {
  if (looked < window && milliseconds < scanWindow.milliseconds) return window;
  const fit = (looked * scanWindow.milliseconds) / Math.max(milliseconds, 0.1);
  return Math.round(Math.max(scanWindow.least, Math.min(fit, window * 2, scanWindow.most)));
}

function usesIndex({ fields, qualifier, values }: Condition): boolean {
  const compares = qualifier === 'equals' || qualifier === 'among';
  return fields.every(({ indexed }) => indexed) && compares && values.length > 0;
}

function keyOf({ conditions, scope }: Shape): string {
  const parts = conditions.map(({ name, qualifier, values }) => `${name} ${qualifier} ${values.length}`);
  return `${scope} ${parts.join(',')}`;
}

function valuesOf(conditions: readonly Condition[]): Record<string, Scalar> {
  const values: Record<string, Scalar> = {};
  conditions.forEach((condition, at) => {
    condition.values.forEach((value, part) => {
      values[nameOf(at, part)] = value;
    });
  });
  return values;
}

const nameOf = (condition: number, part: number): string => `value_${condition}_${part}`;

function compose(database: Database, plan: Plan, columns: readonly string[], shape: Shape): Statement {
  const id = plan.qualified('id');
  return database.statement((knex, parameter) => {
    const query = plan.select(knex, columns).where(id, '>', parameter('after'));
    if (shape.scope === 'window') query.where(id, '<=', parameter('until'));
    if (shape.scope === 'candidates') {
      query.whereRaw('?? in (select value from json_each(?))', [id, parameter('ids')]);
    }
    for (const [at, condition] of shape.conditions.entries()) {
      addCondition(plan, query, condition, (part) => parameter(nameOf(at, part)));
    }
    return query.orderByRaw('?? limit ?', [id, parameter('limit')]);
  });
}

type ValueOf = (part: number) => Knex.Raw;

function addCondition(plan: Plan, query: Knex.QueryBuilder, condition: Condition, value: ValueOf): void {
  query.where((any) => {
    for (const field of condition.fields) any.orWhere((one) => addComparison(plan, one, field, condition, value));
  });
}

function addComparison(
  plan: Plan,
  query: Knex.QueryBuilder,
  field: PlannedField,
  { qualifier, values }: Condition,
  value: ValueOf,
): void {
  const columns = field.columns.map(plan.qualified);
  const [column = ''] = columns;
  if (qualifier === 'contains') {
    // INSTR means the same in both databases; an unfolded text is ASCII (a URL), which LOWER folds alike.
    if (field.folded) query.whereRaw('instr(??, ?) > 0', [plan.qualified(field.folded), value(0)]);
    else query.whereRaw('instr(lower(??), ?) > 0', [column, value(0)]);
  } else if (qualifier === 'begun' || qualifier === 'lasting') {
    query.where((bound) => bound.whereNull(column).orWhere(column, qualifier === 'begun' ? '<=' : '>', value(0)));
  } else if (qualifier === 'among') {
    query.whereIn(column, [...values.keys()].map(value));
  } else if (values.length === 0) {
    query.whereNull(column);
  } else {
    for (const part of values.keys()) query.where(columns[part] ?? column, value(part));
  }
}
