/** Records of every kind are listed, read, made, changed and deleted alike; what differs is in their facts. */
import { type Call, invalidRequest, parseId } from '@palestra/core';
import { type Audit, type Database, databaseFault, type Row, type Scalar, type Unit } from '@palestra/server';
import { inUse, notFound, unknownReference } from './errors.js';
import type { Columns, RecordKind } from './kind.js';

/** A validated body. */
export type Input = Readonly<Record<string, unknown>>;

export interface Records<Shown> {
  /** In pages, by id. */
  list(): AsyncIterable<Shown[]>;
  /** @throws PalestraError 404 */
  get(id: string): Promise<Shown>;
  /** @throws PalestraError 400 for an id that names nothing, 403 */
  create(input: Input, call: Call): Promise<Shown>;
  /** Fields that are not sent stay. @throws PalestraError 400, 403, 404 */
  update(id: string, input: Input, call: Call): Promise<Shown>;
  /** @throws PalestraError 403, 404, 409 where something refers to it */
  remove(id: string, call: Call): Promise<void>;
}

const pageSize = 200;

export interface RecordOptions {
  readonly database: Database;
  readonly audit: Audit;
}

export function createRecords<Shown>({ database, audit }: RecordOptions, kind: RecordKind<Shown>): Records<Shown> {
  const { table } = kind;
  const rows = composeRows(database, kind);
  const { find, get, list } = createReader(kind, rows);
  const record = (unit: Unit, call: Call, verb: string, id: unknown, states: { before?: Columns; after?: Columns }) =>
    audit.record(unit, call, { action: `${table}.${verb}`, object: `${table}/${id}`, ...states });
  return {
    list,
    get,

    async create(input, call) {
      const after = { ...rows.empty, ...encode(kind, input) };
      await assertTargets(kind, input);
      const work = async (unit: Unit) => {
        await kind.check?.(undefined, after, { call, unit });
        const { insertedId } = await rows.insert.run(after, unit);
        await kind.written?.(after, { call, unit });
        await record(unit, call, 'create', insertedId, { after });
        return insertedId;
      };
      return get(String(await database.unitOfWork(work).catch((error: unknown) => refuse(kind, error))));
    },

    async update(id, input, call) {
      await find(id);
      const changes = encode(kind, input);
      await assertTargets(kind, input);
      const work = async (unit: Unit) => {
        const before = (await find(id, unit)) as Columns;
        const after = { ...before, ...changes };
        await kind.check?.(before, after, { call, unit });
        await database.write(database.knex(table).where({ id: before.id }).update(changes), unit);
        await kind.written?.(after, { call, unit });
        await record(unit, call, 'update', before.id, { before, after });
      };
      await database.unitOfWork(work).catch((error: unknown) => refuse(kind, error));
      return get(id);
    },

    async remove(id, call) {
      const work = async (unit: Unit) => {
        const before = (await find(id, unit)) as Columns;
        await kind.check?.(before, undefined, { call, unit });
        await rows.remove.run({ id: Number(before.id) }, unit);
        await record(unit, call, 'delete', before.id, { before });
      };
      await database.unitOfWork(work).catch((error: unknown) => {
        throw databaseFault(error)?.kind === 'reference' ? inUse(kind.name, error) : error;
      });
    },
  };
}

function createReader<Shown>(kind: RecordKind<Shown>, rows: ReturnType<typeof composeRows>) {
  async function find(id: string, unit?: Unit): Promise<Row> {
    const number = parseId(id);
    const row = number === undefined ? undefined : await rows.byId.first({ id: number }, unit);
    if (!row) throw notFound(kind.name);
    return row;
  }
  return {
    find,
    async get(id: string): Promise<Shown> {
      const [shown] = await kind.show([await find(id)]);
      if (shown === undefined) throw notFound(kind.name);
      return shown;
    },
    async *list(): AsyncGenerator<Shown[]> {
      for (let after = 0; ; ) {
        const page = await rows.page.all({ after });
        if (page.length > 0) yield await kind.show(page);
        if (page.length < pageSize) return;
        after = Number(page.at(-1)?.id);
      }
    },
  };
}

function composeRows(database: Database, { table, fields, joined = {}, joins = {} }: RecordKind<unknown>) {
  const columns = Object.values(fields).map(({ column }) => column);
  const shown = { ...Object.fromEntries(['id', ...columns].map((each) => [each, `${table}.${each}`])), ...joined };
  const select = (knex: Database['knex']) => {
    const query = knex(table).select(shown);
    for (const [other, column] of Object.entries(joins)) query.join(other, `${other}.id`, column);
    return query;
  };
  return {
    empty: Object.fromEntries(columns.map((column): [string, Scalar] => [column, null])),
    byId: database.statement((knex, parameter) => select(knex).where(`${table}.id`, parameter('id'))),
    page: database.statement((knex, parameter) =>
      select(knex).where(`${table}.id`, '>', parameter('after')).orderBy(`${table}.id`).limit(pageSize),
    ),
    insert: database.statement((knex, parameter) =>
      knex(table).insert(Object.fromEntries(columns.map((column) => [column, parameter(column)]))),
    ),
    remove: database.statement((knex, parameter) => knex(table).where('id', parameter('id')).delete()),
  };
}

function encode({ fields }: RecordKind<unknown>, input: Input): Record<string, Scalar> {
  return Object.fromEntries(
    Object.entries(input).flatMap(([name, value]): [string, Scalar][] => {
      const field = fields[name];
      if (!field) return [];
      return [[field.column, field.target && value !== null ? idOf(value, name) : (value as Scalar)]];
    }),
  );
}

function idOf(value: unknown, field: string): number {
  const id = parseId(value);
  if (id === undefined) throw invalidRequest(`${field} must be an id`, `/${field}`);
  return id;
}

/** Before the transaction, which waits for nothing but the database; foreign keys hold what changes meanwhile. */
async function assertTargets({ fields }: RecordKind<unknown>, input: Input): Promise<void> {
  for (const [name, value] of Object.entries(input)) {
    const target = fields[name]?.target;
    if (!target || value === null) continue;
    if (!(await target.exists(idOf(value, name)))) throw unknownReference(target.name, name);
  }
}

function refuse({ duplicates = {} }: RecordKind<unknown>, error: unknown): never {
  const fault = databaseFault(error);
  const told = fault?.kind === 'duplicate' && fault.constraint ? duplicates[fault.constraint] : undefined;
  if (told !== undefined) throw invalidRequest(told, '');
  if (fault?.kind === 'reference') throw invalidRequest('What an id named was deleted meanwhile', '');
  throw error;
}
