/** The engine: create, query, update, list, get and delete of a resource, its five errors, once for all resources. */

import {
  bodyPointer,
  type Call,
  type Clock,
  catalogue,
  Encoded,
  formatId,
  guest,
  invalidRequest,
  PalestraError,
  parseId,
  queryPointer,
  type Reply,
  type RequestEnvelope,
  reply,
  requiredForRequest,
  resourceNotFound,
  type Schema,
  type Streamed,
} from '@palestra/core';
import { faultOf, type Locate } from '../contract/faults.js';
import type { Validators } from '../contract/validate.js';
import { databaseFault } from '../database/errors.js';
import type { Database, Row, Tuple, Unit } from '../database/types.js';
import type { Audit, AuditEvent } from '../plugin/audit.js';
import type { Answer, Caller, Item, Resource, ResourceFacts, ResourceRules } from '../plugin/resource.js';
import { creationError, stillReferred, updateError, writing } from './errors.js';
import { parseAfter, parseFind, parseQuery, type Query } from './query.js';
import { isReadable, readableChunks } from './readable.js';
import { createDecoder, createEncoder, type Read, selectedColumns } from './rows.js';
import { createSelector, rowsOf } from './select.js';
import { listOf } from './stream.js';
import { createView } from './view.js';
import { createWriter } from './write.js';

export interface EngineServices {
  readonly database: Database;
  readonly validators: Validators;
  readonly audit: Audit;
  readonly clock: Clock;
}

/** An envelope's fields are in its `data`. */
const inData: Locate = (...steps) => bodyPointer('data', ...steps);

export function createResource<Shown extends object>(
  facts: ResourceFacts,
  rules: ResourceRules<Shown>,
  services: EngineServices,
): Resource<Shown> {
  const { database, validators, audit, clock } = services;
  const validateCreate = validators.schema(inputSchema(facts, facts.required));
  const validateUpdate = validators.schema(inputSchema(facts, [], { _id: {} }));
  const decode = createDecoder(facts, { as: 'row' }) as (row: Row) => Shown;
  const decodeTuple = createDecoder(facts, { as: 'tuple' }) as (tuple: Tuple) => Shown;
  // The rows' own text is the answer, unless the rules have something to add to the resource.
  const encode = rules.complete ? undefined : encoding<Shown>(createEncoder(facts, { as: 'row' }));
  const encodeTuple = rules.complete ? undefined : encoding<Shown>(createEncoder(facts, { as: 'tuple' }));
  const selector = createSelector(database, facts.table, selectedColumns(facts));
  const writer = createWriter(database, facts);

  async function create(data: Item, call: Call): Promise<Reply<Answer<Shown>>> {
    if (!validateCreate(data)) throw creationError(facts, faultOf(validateCreate.errors, inData));
    const input = { ...facts.defaults, ...data };
    const item = (await rules.create?.(input, call.principal)) ?? input;
    const row = await writing(facts, item, () =>
      audit.creates ? database.unitOfWork((unit) => insertAudited(item, call, unit)) : writer.insert(item, clock.now()),
    );
    return reply(201, encode ? encode(row) : decode(row));
  }

  async function insertAudited(item: Item, call: Call, unit: Unit): Promise<Row> {
    const after = await writer.insert(item, clock.now(), unit);
    await audit.record(unit, call, { ...entryOf('create', after.id as number), after });
    return after;
  }

  async function update(data: Item, call: Call): Promise<Shown> {
    const id = idOf(data._id);
    if (!validateUpdate(data)) throw updateError(facts, faultOf(validateUpdate.errors, inData));
    const { _id, ...sent } = data;
    if (Object.keys(sent).length === 0) throw invalidRequest('data needs a field to update besides _id', '/data');
    const current = await existing(id);
    const change = (await rules.update?.(current, sent, call.principal)) ?? sent;
    return writing(facts, change, () => database.unitOfWork((unit) => replace(id, change, call, unit)));
  }

  /** What the audit calls the object before and after is what no other transaction came between. */
  async function replace(id: number, change: Item, call: Call, unit: Unit): Promise<Shown> {
    const before = await writer.locked.first({ id }, unit);
    await writer.update(id, change, clock.now(), unit);
    const after = await writer.byId.first({ id }, unit);
    if (!before || !after) return notFound(facts, formatId(id));
    await audit.record(unit, call, { ...entryOf('update', id), before, after });
    return complete(after, unit);
  }

  function entryOf(verb: 'create' | 'update' | 'delete', id: number): Pick<AuditEvent, 'action' | 'object'> {
    return { action: `${facts.table}.${verb}`, object: `${facts.table}/${formatId(id)}` };
  }

  async function find(id: number, unit?: Unit): Promise<Shown | undefined> {
    const row = await writer.byId.first({ id }, unit);
    return row && complete(row, unit);
  }

  async function existing(id: number, unit?: Unit): Promise<Shown> {
    const item = await find(id, unit);
    if (!item) throw resourceNotFound(facts.type, formatId(id));
    return item;
  }

  async function readOne(id: number, { principal }: Caller): Promise<Answer<Shown>> {
    const row = await writer.byId.first({ id });
    const readable = row && (await rules.readable?.(principal));
    if (!row || (readable && !isReadable(facts, row, readable))) return notFound(facts, formatId(id));
    return encode ? encode(row) : complete(row);
  }

  async function complete(row: Row, unit?: Unit): Promise<Shown> {
    const item = decode(row);
    await rules.complete?.([item], unit);
    return item;
  }

  return {
    operate: async ({ body }, call) => {
      const { operation, data } = body as RequestEnvelope;
      if (operation === 'create') return create(data, call);
      return operation === 'update' ? update(data, call) : read(parseQuery(facts, data), call);
    },
    list: async ({ query }, call = { principal: guest }) => {
      const page = {
        conditions: [],
        find: parseFind(query.find, queryPointer('find')),
        after: parseAfter(query.after, queryPointer('after')),
      };
      return read(page, call);
    },
    get: async ({ params }, call = { principal: guest }) =>
      readOne(parseId(params.id) ?? notFound(facts, params.id), call),
    remove: async ({ params }, call) => remove(parseId(params.id) ?? notFound(facts, params.id), call),
    find,
    view: (viewFacts) => createView(database, facts, viewFacts),
  };

  async function remove(id: number, call: Call): Promise<Record<string, never>> {
    const current = await existing(id);
    await rules.remove?.(current, call.principal);
    try {
      return await database.unitOfWork(async (unit) => {
        const before = await writer.locked.first({ id }, unit);
        if (!before) return notFound(facts, formatId(id));
        await writer.remove.run({ id }, unit);
        await audit.record(unit, call, { ...entryOf('delete', id), before });
        return {};
      });
    } catch (error) {
      throw databaseFault(error)?.kind === 'reference' ? stillReferred(facts, id, error) : error;
    }
  }

  async function read(query: Query, { principal }: Caller): Promise<Answer<Shown>[] | Streamed<Answer<Shown>>> {
    const readable = await rules.readable?.(principal);
    if (readable) return listOf(shown(readableChunks(facts, selector, query, readable)));
    const page = await selector.page(query);
    return page.next ? listOf(shown(rowsOf(page))) : show(page.rows);
  }

  async function* shown(chunks: AsyncIterable<Tuple[]>): AsyncGenerator<Answer<Shown>[], void> {
    for await (const rows of chunks) yield await show(rows);
  }

  async function show(rows: Tuple[]): Promise<Answer<Shown>[]> {
    if (encodeTuple) return rows.map(encodeTuple);
    const items = rows.map(decodeTuple);
    await rules.complete?.(items);
    return items;
  }
}

function encoding<Shown>(encode: (read: Read) => string): (read: Read) => Encoded<Shown> {
  return (read) => new Encoded(encode(read));
}

/** What a caller may send; `required` for a create, `_id` for an update. */
function inputSchema(facts: ResourceFacts, required: readonly string[], properties: object = {}): Schema {
  const fields = { $ref: `#/components/schemas/${facts.schema}` };
  return { type: 'object', allOf: [fields], properties, required, unevaluatedProperties: false };
}

function idOf(value: unknown): number {
  if (value === undefined || value === null) throw requiredForRequest('_id', '/data/_id');
  if (typeof value !== 'string') throw invalidRequest('_id must be string', '/data/_id');
  const id = parseId(value);
  if (id === undefined) throw new PalestraError(catalogue.resourceNotFound, 'No resource has this _id');
  return id;
}

function notFound(facts: ResourceFacts, id: string): never {
  throw resourceNotFound(facts.type, id.slice(0, 100));
}
