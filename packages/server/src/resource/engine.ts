/** The engine: what every resource answers, whichever of the two faces it has. */
import {
  type Call,
  Encoded,
  type Handlers,
  invalidRequest,
  isEncoded,
  parseId,
  type RequestEnvelope,
  reply,
} from '@palestra/core';
import { passesTransaction } from '../database/call-transaction.js';
import type { TextIndex } from '../database/text-index.js';
import type {
  Answer,
  Caller,
  Item,
  Resource,
  ResourceFacts,
  ResourceRules,
  ResourceTypes,
} from '../plugin/resource.js';
import { createPlan } from './compile-plan.js';
import { importerOf } from './import.js';
import { parseQuery } from './query.js';
import { createReader } from './read.js';
import { limitOf } from './stream.js';
import { createView } from './view.js';
import { createWriter, type WriteServices } from './write.js';

/** Of the tables that resources write; who searches those of other code is known and signed in. */
function textIndexOf({ creates, table, fields }: ResourceFacts, { textIndex }: WriteServices): TextIndex | undefined {
  const folded = Object.values(fields).flatMap((field) => field.folded ?? []);
  return creates && folded.length > 0 ? textIndex?.(table, folded) : undefined;
}

/** @throws TypeError naming the resource, for facts and rules that do not fit */
export function createResource<Types extends ResourceTypes>(
  facts: ResourceFacts<Types>,
  rules: ResourceRules<Types>,
  services: WriteServices,
): Resource<Types> {
  const { database } = services;
  const plan = createPlan(facts, rules as ResourceRules, textIndexOf(facts, services));
  const reader = createReader(database, plan, rules);
  const writer = createWriter(plan, rules, reader, services);

  const resource: Omit<Resource<Types>, 'handlers'> = {
    async operate({ body }, call) {
      const { operation, data } = body as RequestEnvelope;
      if (operation === 'query') return reader.list(parseQuery(plan, data), call);
      if (operation === 'create') return reply(plan.face.created, await writer.create(data, call));
      const { _id, ...sent } = data;
      if (Object.keys(sent).length === 0) throw invalidRequest('data needs a field to update besides _id', '/data');
      return writer.update(String(_id), sent, call);
    },
    list: ({ find, after }, caller) =>
      reader.list({ conditions: [], find: limitOf(find), after: parseId(after) ?? 0 }, caller),
    get: (id, caller) => reader.one(id, caller),
    create: (input, call) => writer.create(input as Item, call),
    find: (id, unit) => reader.find(id, unit),
    show: (row) => {
      if (plan.joined) throw new TypeError(`${facts.name} shows fields of other tables.`);
      return plan.shown.decode(plan.tuple(row, plan.shown.columns)) as Types['shown'];
    },
    lock: (id, unit) => writer.lock(id, unit),
    importer: (collection, options) => importerOf(plan, writer, collection, options),
    view: (name) => {
      const view = facts.views[name];
      if (!view) throw new TypeError(`${facts.name} has no view ${name}.`);
      return createView(database, plan, view);
    },
  };
  const methods =
    facts.face === 'rest' ? restHandlers(facts, resource, writer) : envelopeHandlers(facts, resource, writer);
  return { ...resource, handlers: byOperation(facts, methods) as Handlers<Types['operations']> };
}

type Methods = Readonly<Record<keyof ResourceFacts['operations'], (request: never, call: Call) => unknown>>;
type Writer<Types extends ResourceTypes> = ReturnType<typeof createWriter<Types>>;
type Bare<Types extends ResourceTypes> = Omit<Resource<Types>, 'handlers'>;

function byOperation({ operations }: ResourceFacts, methods: Partial<Methods>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(operations).flatMap(([verb, id]) => {
      const method = methods[verb as keyof Methods];
      return method ? [[id, passesTransaction(method)]] : [];
    }),
  );
}

interface AtPath {
  readonly params: Readonly<Record<string, string>>;
}

function envelopeHandlers<Types extends ResourceTypes>(
  { parameter }: ResourceFacts,
  { operate, list, get }: Bare<Types>,
  writer: Writer<Types>,
): Partial<Methods> {
  const idOf = ({ params }: AtPath) => params[parameter] ?? '';
  return {
    operate,
    list: ({ query }: { query: object }, caller: Caller) => list(query, caller),
    get: (request: AtPath, caller: Caller) => get(idOf(request), caller),
    delete: async (request: AtPath, call: Call) => {
      await writer.remove(idOf(request), call);
      return {};
    },
  };
}

/** A list is a plain array; one is wrapped by its singular name. */
function restHandlers<Types extends ResourceTypes>(
  { parameter, wrapper = '' }: ResourceFacts,
  { list, get, create }: Bare<Types>,
  writer: Writer<Types>,
): Partial<Methods> {
  const idOf = ({ params }: AtPath) => params[parameter] ?? '';
  const wrap = (answer: Answer<Types['shown']>) =>
    isEncoded(answer)
      ? new Encoded(`{${JSON.stringify(wrapper)}:${answer.text}}`, answer.asStored)
      : { [wrapper]: answer };
  return {
    list: ({ query }: { query: object }, caller: Caller) => list(query, caller),
    get: async (request: AtPath, caller: Caller) => wrap(await get(idOf(request), caller)),
    create: async ({ body }: { body: Partial<Types['input']> }, call: Call) => wrap(await create(body, call)),
    update: async (request: AtPath & { body: Item }, call: Call) =>
      wrap(await writer.update(idOf(request), request.body, call)),
    delete: (request: AtPath, call: Call) => writer.remove(idOf(request), call),
  };
}
