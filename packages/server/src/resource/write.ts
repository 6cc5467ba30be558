/** Creates, updates and deletes rows of a resource, with its rules and the audit in the transaction of their effect. */
import { type Call, type Clock, parseId, type WriteLine } from '@palestra/core';
import { unitOf, unitOfWorkOf } from '../database/call-transaction.js';
import { databaseFault } from '../database/errors.js';
import type { TextIndex } from '../database/text-index.js';
import type { Database, Row, Tuple, Unit } from '../database/types.js';
import type { Audit } from '../plugin/audit.js';
import type { Answer, Item, ResourceRules, ResourceTypes } from '../plugin/resource.js';
import type { Plan } from './plan.js';
import { createReferences, type References } from './references.js';
import { createStatements, type Statements } from './statements.js';

export interface WriteServices {
  readonly database: Database;
  readonly audit: Audit;
  readonly clock: Clock;
  /** An index of the texts in these columns of a table, where there can be one. */
  readonly textIndex?: ((table: string, columns: readonly string[]) => TextIndex) | undefined;
}

/** How a writer reads what it changes; see `read.ts`. */
interface WriterReads<Types extends ResourceTypes> {
  answer(row: Tuple, unit?: Unit): Promise<Answer<Types['shown']>>;
  byId(id: number, unit?: Unit): Promise<Tuple | undefined>;
  record(id: number): Promise<Types['record'] | undefined>;
}

export interface Writer<Types extends ResourceTypes> {
  create(input: Item, call: Call): Promise<Answer<Types['shown']>>;
  /** Fields that are not sent stay. @throws PalestraError 404 */
  update(id: string, input: Item, call: Call): Promise<Answer<Types['shown']>>;
  /** @throws PalestraError 404, 409 while others refer to it */
  remove(id: string, call: Call): Promise<void>;
  /** What is stored, kept from others until the unit's end. */
  lock(id: number, unit: Unit): Promise<Types['record'] | undefined>;
  /** A create of a row that has its id and date already. The audit names the import, and no row of it. */
  adopt(input: Item, createdAt: number, call: Call): Promise<WriteLine>;
}

interface Context<Types extends ResourceTypes> extends Omit<WriteServices, 'textIndex'> {
  readonly plan: Plan;
  readonly rules: ResourceRules<Types>;
  readonly reader: WriterReads<Types>;
  readonly statements: Statements;
  readonly references: References;
}

export function createWriter<Types extends ResourceTypes>(
  plan: Plan,
  rules: ResourceRules<Types>,
  reader: WriterReads<Types>,
  services: WriteServices,
): Writer<Types> {
  const { database } = services;
  const statements = createStatements(database, plan);
  const context = { ...services, plan, rules, reader, statements, references: createReferences(database, plan) };
  const decode = decoder(context);
  return {
    create: (input, call) => create(context, input, call),
    update: (id, input, call) => update(context, id, input, call),
    remove: (id, call) => remove(context, id, call),
    adopt: (input, createdAt, call) => adopt(context, input, createdAt, call),
    async lock(id, unit) {
      const row = await lock(context, id, unit);
      return row && decode(row);
    },
  };
}

async function create<Types extends ResourceTypes>(
  context: Context<Types>,
  sent: Item,
  call: Call,
): Promise<Answer<Types['shown']>> {
  const { plan, rules, audit, clock, database, statements } = context;
  const now = clock.now();
  const input = { ...plan.defaults, ...(await prepared(context, sent, undefined, call)) };
  const row: Row = { ...plan.encode(input), ...(plan.facts.dated && { created_at: now, updated_at: now }) };
  const audited = plan.face.auditsCreates || audit.creates;
  return explained(context, input, row, async () => {
    if (audited || rules.beforeCreate || rules.afterChange) {
      return unitOfWorkOf(call, database, (unit) => insert(context, row, { call, unit }, audited));
    }
    const unit = await unitOf(call);
    return answerOf(context, { ...row, id: await statements.insert(row, unit) }, unit);
  });
}

interface Writing {
  readonly call: Call;
  readonly unit: Unit;
}

async function insert<Types extends ResourceTypes>(
  context: Context<Types>,
  row: Row,
  writing: Writing,
  audited: boolean,
): Promise<Answer<Types['shown']>> {
  const { rules, references, statements } = context;
  const { unit } = writing;
  const decode = decoder(context);
  if (rules.beforeCreate) {
    await references.lock(row, unit);
    await rules.beforeCreate(decode({ ...row, id: 0 }), writing);
  }
  const after: Row = { ...row, id: await statements.insert(row, unit) };
  await rules.afterChange?.({ before: undefined, after: decode(after) }, writing);
  const answer = await answerOf(context, after, unit);
  if (audited) await record(context, 'create', { after }, writing);
  return answer;
}

async function adopt<Types extends ResourceTypes>(
  context: Context<Types>,
  sent: Item,
  createdAt: number,
  call: Call,
): Promise<WriteLine> {
  const { plan, rules, references, statements } = context;
  const decode = decoder(context);
  const input = { ...plan.defaults, ...(await prepared(context, sent, undefined, call)) };
  const row: Row = { ...plan.encode(input), ...(plan.facts.dated && { created_at: createdAt, updated_at: createdAt }) };
  return (id, unit) =>
    explained(context, input, row, async () => {
      const after = decode({ ...row, id });
      if (rules.beforeCreate) {
        await references.lock(row, unit);
        await rules.beforeCreate(after, { call, unit });
      }
      await statements.insertAs({ ...row, id }, unit);
      await rules.afterChange?.({ before: undefined, after }, { call, unit });
      return true;
    });
}

async function update<Types extends ResourceTypes>(
  context: Context<Types>,
  text: string,
  sent: Item,
  call: Call,
): Promise<Answer<Types['shown']>> {
  const { plan, rules, reader, clock, database } = context;
  const id = parseId(text);
  const current = id !== undefined && rules.prepare ? await reader.record(id) : undefined;
  if (id === undefined || (rules.prepare && !current)) throw plan.face.notFound(plan.facts, text);
  const input = await prepared(context, sent, current, call);
  const change: Row = { ...plan.encode(input), ...(plan.facts.dated && { updated_at: clock.now() }) };
  return explained(context, input, change, () =>
    unitOfWorkOf(call, database, (unit) => replace(context, id, change, { call, unit })),
  );
}

async function replace<Types extends ResourceTypes>(
  context: Context<Types>,
  id: number,
  change: Row,
  writing: Writing,
): Promise<Answer<Types['shown']>> {
  const { plan, rules, references, statements } = context;
  const { unit } = writing;
  const decode = decoder(context);
  const before = await lock(context, id, unit);
  if (!before) throw plan.face.notFound(plan.facts, plan.face.showId(id));
  const after: Row = { ...before, ...change };
  if (rules.beforeUpdate) {
    await references.lock(change, unit);
    await rules.beforeUpdate(decode(before), decode(after), writing);
  }
  if (!(await statements.update(id, change, unit))) throw plan.face.notFound(plan.facts, plan.face.showId(id));
  await rules.afterChange?.({ before: decode(before), after: decode(after) }, writing);
  const answer = await answerOf(context, after, unit);
  await record(context, 'update', { before, after }, writing);
  return answer;
}

async function remove<Types extends ResourceTypes>(context: Context<Types>, text: string, call: Call): Promise<void> {
  const { plan, rules, statements, database } = context;
  const { facts, face } = plan;
  const id = parseId(text);
  if (id === undefined) throw face.notFound(facts, text);
  const erase = async (unit: Unit): Promise<void> => {
    const writing = { call, unit };
    const before = await lock(context, id, unit);
    if (!before) throw face.notFound(facts, text);
    await rules.beforeDelete?.(decoder(context)(before), writing);
    if (!(await statements.remove(id, unit))) throw face.notFound(facts, text);
    await rules.afterChange?.({ before: decoder(context)(before), after: undefined }, writing);
    await record(context, 'delete', { before }, writing);
  };
  try {
    await unitOfWorkOf(call, database, erase);
  } catch (error) {
    throw databaseFault(error)?.kind === 'reference' ? face.stillReferred(facts, id, error) : error;
  }
}

/** What the audit calls the object before and after is what no other transaction came between. */
async function record<Types extends ResourceTypes>(
  {
    audit,
    plan: {
      facts,
      face,
      record: { columns },
    },
  }: Context<Types>,
  verb: 'create' | 'update' | 'delete',
  states: { readonly before?: Row; readonly after?: Row },
  { call, unit }: Writing,
): Promise<void> {
  const object = `${facts.table}/${face.showId((states.after ?? states.before)?.id as number)}`;
  const stored = Object.entries(states).map(([when, row]) => [when, pick(row, columns)]);
  await audit.record(unit, call, { action: `${facts.table}.${verb}`, object, ...Object.fromEntries(stored) });
}

function pick(row: Row, columns: readonly string[]): Row {
  return Object.fromEntries(columns.map((column) => [column, row[column]]));
}

async function lock<Types extends ResourceTypes>(
  { plan, statements }: Context<Types>,
  id: number,
  unit: Unit,
): Promise<Row | undefined> {
  const tuple = await statements.lock(id, unit);
  return tuple && Object.fromEntries(plan.record.columns.map((column, at) => [column, tuple[at]]));
}

function decoder<Types extends ResourceTypes>({ plan: { record, tuple } }: Context<Types>) {
  return (row: Row): Types['record'] => record.decode(tuple(row, record.columns));
}

/** The row as it was written is the answer, unless it takes rows of other tables to show it. */
async function answerOf<Types extends ResourceTypes>(
  { plan, reader }: Context<Types>,
  row: Row,
  unit?: Unit,
): Promise<Answer<Types['shown']>> {
  if (!plan.joined) return reader.answer(plan.tuple(row, plan.shown.columns), unit);
  const tuple = await reader.byId(row.id as number, unit);
  if (!tuple) throw plan.face.notFound(plan.facts, plan.face.showId(row.id as number));
  return reader.answer(tuple, unit);
}

async function prepared<Types extends ResourceTypes>(
  { plan, rules }: Context<Types>,
  sent: Item,
  current: Types['record'] | undefined,
  call: Call,
): Promise<Item> {
  const input = plan.withoutEmpty(sent);
  return rules.prepare
    ? rules.prepare(input as Partial<Types['input']>, { current, principal: call.principal, call })
    : input;
}

/** A unique index is what makes a name unique, a foreign key what holds a reference: the check is their violation. */
async function explained<Types extends ResourceTypes, Result>(
  { plan, references }: Context<Types>,
  input: Item,
  row: Row,
  write: () => Promise<Result>,
): Promise<Result> {
  const { facts, face } = plan;
  try {
    return await write();
  } catch (error) {
    const fault = databaseFault(error);
    const unique = facts.unique.find(({ index }) => fault?.kind === 'duplicate' && fault.constraint === index);
    if (unique) throw face.duplicate(facts, unique, input);
    if (fault?.kind === 'reference') throw face.unknownReference(facts, await references.dangling(row));
    throw error;
  }
}
