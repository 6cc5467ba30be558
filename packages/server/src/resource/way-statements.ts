/** The statements that look for rows which meet conditions: one for each shape, composed when it is first needed. */
import type { Knex } from 'knex';
import { mostCandidates } from '../database/text-index.js';
import type { Database, Scalar, SelectFactory, Values } from '../database/types.js';
import type { Condition, Plan, PlannedField } from './plan.js';

/** What of the table a statement looks at: all, ids up to one, some ids; or of what an index has, where a step ends. */
type Scope = 'all' | 'window' | 'candidates' | 'few listed' | 'listed' | 'end of step';

/** Ids that a statement takes where it is not given them as JSON: of few statements each is prepared once. */
const listSizes = { 'few listed': 16, listed: mostCandidates } as const;

/** Rows of an index whose texts one step compares. */
const comparedAtOnce = 1_000;

/** The highest id of the table; 0 where it is empty. */
export function createLastId(database: Database, { facts: { table } }: Plan): () => Promise<number> {
  const highest = database.statement<{ highest: number | null }>((knex) => knex(table).max({ highest: 'id' }));
  return async () => (await highest.first())?.highest ?? 0;
}

export interface Shape {
  readonly conditions: readonly Condition[];
  readonly scope: Scope;
}

/** Whether texts are compared in what an index has, which may be many rows; of some values it has few. */
export function comparesIndexed(conditions: readonly Condition[]): boolean {
  const isOf = (wanted: string) => (condition: Condition) => condition.qualifier === wanted;
  return conditions.some(isOf('contains')) && conditions.filter(usesIndex).some(isOf('equals'));
}

export function usesIndex({ fields, qualifier, values }: Condition): boolean {
  const compares = qualifier === 'equals' || qualifier === 'among';
  return fields.every(({ indexed }) => indexed) && compares && values.length > 0;
}

export function namesOne({ fields, qualifier, values }: Condition): boolean {
  return fields.length === 1 && fields[0]?.columns[0] === 'id' && qualifier === 'equals' && values.length === 1;
}

export function keyOf({ conditions, scope }: Shape): string {
  const parts = conditions.map(({ name, qualifier, values }) => `${name} ${qualifier} ${values.length}`);
  return `${scope} ${parts.join(',')}`;
}

/** Of those that a scope takes. */
export function valuesOf(conditions: readonly Condition[], takes = (_: Condition) => true): Record<string, Scalar> {
  const values: Record<string, Scalar> = {};
  conditions.forEach((condition, at) => {
    if (!takes(condition)) return;
    condition.values.forEach((value, part) => {
      values[nameOf(at, part)] = value;
    });
  });
  return values;
}

const nameOf = (condition: number, part: number): string => `value_${condition}_${part}`;

/** The statement that looks at these ids, at least one, and its values for them. */
export function amongIds({ dialect }: Database, ids: readonly number[]): { scope: Scope; values: Values } {
  if (dialect.name === 'sqlite') return { scope: 'candidates', values: { ids: JSON.stringify(ids) } };
  const scope = ids.length <= listSizes['few listed'] ? 'few listed' : 'listed';
  const named = namesOfIds(listSizes[scope]).map((name, at) => [name, ids[at] ?? ids[0] ?? 0] as const);
  return { scope, values: Object.fromEntries(named) };
}

const namesOfIds = (count: number): string[] => Array.from({ length: count }, (_, at) => `id_${at}`);

/** The table where rows are looked at, in a statement that joins those it found with their other columns. */
const lookedAt = 'looked_at';
/** Columns that are read of each row looked at for less than a join of those found. */
const fewColumns = 4;

/** Its values are those of `valuesOf`, `after` and `limit`, and what the scope takes. */
export function selectOf({ dialect }: Database, plan: Plan, columns: readonly string[], shape: Shape): SelectFactory {
  // A server copies each column that is selected of every row that it looks at. SQLite reads them of those it has found.
  const joins = dialect.name === 'mysql' && shape.scope === 'window' && columns.length > fewColumns;
  const named = joins ? (column: string) => `${lookedAt}.${column}` : plan.qualified;
  const id = named('id');
  return (knex, parameter) => {
    const query = joins ? selectJoined(knex, plan, columns) : plan.select(knex, columns);
    query.where(id, '>', parameter('after'));
    if (shape.scope === 'window') query.where(id, '<=', parameter('until'));
    if (shape.scope === 'candidates') {
      query.whereRaw('?? in (select value from json_each(?))', [id, parameter('ids')]);
    } else if (shape.scope === 'few listed' || shape.scope === 'listed') {
      query.whereIn(id, namesOfIds(listSizes[shape.scope]).map(parameter));
    }
    for (const [at, condition] of shape.conditions.entries()) {
      if (shape.scope === 'end of step' && !usesIndex(condition)) continue;
      addCondition(named, query, condition, (part) => parameter(nameOf(at, part)));
    }
    const offset = shape.scope === 'end of step' ? ` offset ${comparedAtOnce - 1}` : '';
    return query.orderByRaw(`?? limit ?${offset}`, [id, parameter('limit')]);
  };
}

function selectJoined(knex: Knex, plan: Plan, columns: readonly string[]): Knex.QueryBuilder {
  const { table } = plan.facts;
  const own = (column: string) => (column.includes('.') ? column : `${table}.${column}`);
  const from = [table, lookedAt, table, `${lookedAt}.id`, `${table}.id`];
  return plan.select(knex, columns.map(own)).from(knex.raw('?? as ?? straight_join ?? on ?? = ??', from));
}

type ValueOf = (part: number) => Knex.Raw;
/** A column in `where`. */
type Named = (column: string) => string;

function addCondition(named: Named, query: Knex.QueryBuilder, condition: Condition, value: ValueOf): void {
  query.where((any) => {
    for (const field of condition.fields) any.orWhere((one) => addComparison(named, one, field, condition, value));
  });
}

function addComparison(
  named: Named,
  query: Knex.QueryBuilder,
  field: PlannedField,
  { qualifier, values }: Condition,
  value: ValueOf,
): void {
  const columns = field.columns.map(named);
  const [column = ''] = columns;
  if (qualifier === 'contains') {
    // INSTR means the same in both databases; an unfolded text is ASCII (a URL), which LOWER folds alike.
    if (field.folded) query.whereRaw('instr(??, ?) > 0', [named(field.folded), value(0)]);
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
