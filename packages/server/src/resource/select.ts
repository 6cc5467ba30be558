/** Reads a resource in chunks along its ids, so that neither memory nor the event loop knows how many there are. */

import { setImmediate } from 'node:timers/promises';
import type { Knex } from 'knex';
import type { Database, Scalar, Statement, Tuple } from '../database/types.js';
import type { Field } from '../plugin/resource.js';
import type { Condition, Query } from './query.js';

/** Rows read at once; some 4 ms of work with their JSON. */
const chunkSize = 500;

/**
 * Ids a scan looks at in one statement. SQLite answers synchronously, so a search that finds little would stop
 * everybody else for as long as it looks; 20,000 rows are some 5 ms.
 */
const scanWindow = 20_000;

/** Shapes kept at most; a caller may combine fields at will. */
const maxShapes = 500;

interface Shape {
  readonly conditions: readonly Condition[];
  readonly windowed: boolean;
}

export interface Page {
  /** In the order of the selected columns, `id` first. */
  readonly rows: Tuple[];
  /** Undefined behind the last page. */
  readonly next: (() => Promise<Page>) | undefined;
}

export interface Selector {
  /** The first rows in order of `id`; a page may be empty and have a next one. */
  page(query: Query): Promise<Page>;
  /** The rows of all pages. */
  chunks(query: Query): AsyncGenerator<Tuple[], void>;
}

/** How far a query has come. */
interface Position {
  readonly from: number;
  readonly left: number;
}

export function createSelector(database: Database, table: string, columns: readonly string[]): Selector {
  const shapes = new Map<string, Statement>();
  const highest = database.statement<{ highest: number | null }>((knex) => knex(table).max({ highest: 'id' }));

  function statementFor(shape: Shape): Statement {
    const key = keyOf(shape);
    const known = shapes.get(key);
    if (known) return known;
    if (shapes.size >= maxShapes) shapes.clear();
    const statement = compose(database, table, columns, shape);
    shapes.set(key, statement);
    return statement;
  }

  async function page({ conditions, find, after }: Query): Promise<Page> {
    const windowed = conditions.length > 0 && !conditions.some(usesIndex);
    const end = windowed ? ((await highest.first())?.highest ?? 0) : 0;
    const statement = statementFor({ conditions, windowed });
    const values = valuesOf(conditions);

    async function read({ from, left }: Position): Promise<Page> {
      const limit = Math.min(left, chunkSize);
      const until = Math.min(from + scanWindow, end);
      const rows = await statement.tuples({ ...values, after: from, limit, ...(windowed && { until }) });
      const full = rows.length === limit;
      const done = full ? left <= limit : until >= end;
      if (done) return { rows, next: undefined };
      const position = { from: full ? (rows.at(-1)?.[0] as number) : until, left: left - rows.length };
      return { rows, next: () => setImmediate().then(() => read(position)) };
    }

    return read({ from: after, left: find });
  }

  return {
    page,
    chunks: async function* (query) {
      yield* rowsOf(await page(query));
    },
  };
}

/** The rows of a page and of those behind it. */
export async function* rowsOf(first: Page): AsyncGenerator<Tuple[], void> {
  for (let page = first; ; page = await page.next()) {
    yield page.rows;
    if (!page.next) return;
  }
}

function usesIndex({ fields, qualifier, values }: Condition): boolean {
  return fields.every(({ indexed }) => indexed) && qualifier === 'equals' && values.length > 0;
}

function keyOf({ conditions, windowed }: Shape): string {
  const parts = conditions.map(({ name, qualifier, values }) => `${name} ${qualifier} ${values.length}`);
  return `${windowed} ${parts.join(',')}`;
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

function compose(database: Database, table: string, columns: readonly string[], shape: Shape): Statement {
  return database.statement((knex, parameter) => {
    const query = knex(table).select(columns).where('id', '>', parameter('after'));
    if (shape.windowed) query.where('id', '<=', parameter('until'));
    for (const [at, condition] of shape.conditions.entries()) {
      addCondition(query, condition, (part) => parameter(nameOf(at, part)));
    }
    return query.orderByRaw('?? limit ?', ['id', parameter('limit')]);
  });
}

function addCondition(query: Knex.QueryBuilder, condition: Condition, value: (part: number) => Knex.Raw): void {
  query.where((any) => {
    for (const field of condition.fields) any.orWhere((one) => addComparison(one, field, condition, value));
  });
}

function addComparison(
  query: Knex.QueryBuilder,
  field: Field,
  { qualifier, values }: Condition,
  value: (part: number) => Knex.Raw,
): void {
  const [column = ''] = field.columns;
  if (qualifier === 'contains') {
    // INSTR means the same in both databases; an unfolded text is ASCII (a URL), which LOWER folds alike.
    if (field.folded) query.whereRaw('instr(??, ?) > 0', [field.folded, value(0)]);
    else query.whereRaw('instr(lower(??), ?) > 0', [column, value(0)]);
  } else if (values.length === 0) {
    query.whereNull(column);
  } else {
    for (const part of values.keys()) query.where(field.columns[part] ?? column, value(part));
  }
}
