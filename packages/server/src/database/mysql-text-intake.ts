/**
 * Takes rows into the posting lists, many in one transaction: what a list costs to write is shared by all rows that are added
 * to it. READ COMMITTED: a row's texts are read after the note that it was written, so they are those or newer ones, and of
 * those a note comes later.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { quoted } from './dialect.js';
import {
  type IndexedTexts,
  pendingName,
  readState,
  stateKey,
  type TextIndexState,
  writtenState,
} from './mysql-text-index-definition.js';
import { blockOf, forEachPiece, offsetOf, packed, packedWith } from './postings.js';
import { textIndexName } from './text-index.js';
import type { Database, Scalar, Statement, Tuple, Unit } from './types.js';

/** Rows of a step at most, and what their texts come to: a list's entry each. */
const [mostRows, mostEntries] = [8_192, 1_000_000];
/** Rows and lists of one statement. */
const [rowsAtOnce, listsAtOnce] = [64, 256];
/** Milliseconds of work, and of the pause after it: a request that needs several turns of the event loop gets them. */
const [workMs, pauseMs] = [2, 4];

export interface Intake {
  /** Takes the next rows in, in one transaction, unless another instance does; whether there may be more. */
  step(): Promise<boolean>;
}

/** Rows that were read, by blocks: the offsets of each piece, in ascending order. */
class Entries {
  readonly blocks: Map<number, Map<number, number[]>> = new Map();
  count = 0;
  highest = 0;
  rows = 0;

  /** @param row ids ascend from row to row */
  add([id, ...texts]: Tuple): void {
    const [block, offset] = [blockOf(id as number), offsetOf(id as number)];
    const lists = this.blocks.get(block) ?? new Map<number, number[]>();
    this.blocks.set(block, lists);
    const enter = (piece: number) => {
      const list = lists.get(piece);
      if (list?.at(-1) === offset) return;
      if (list) list.push(offset);
      else lists.set(piece, [offset]);
      this.count += 1;
    };
    for (const [column, text] of texts.entries()) if (text !== null) forEachPiece(column, text as string, enter);
    this.highest = id as number;
    this.rows += 1;
  }

  get isFull(): boolean {
    return this.rows >= mostRows || this.count >= mostEntries;
  }
}

export function createIntake(database: Database, texts: IndexedTexts): Intake {
  const statements = statementsOf(database, texts);

  /** Rows by their ids, which ascend, until there are enough; the ids that were read. */
  async function readPending(entries: Entries, ids: readonly number[], unit: Unit): Promise<Set<number>> {
    const read = new Set<number>();
    for (let at = 0; at < ids.length && !entries.isFull; at += rowsAtOnce) {
      const some = ids.slice(at, at + rowsAtOnce);
      await inTurns(await statements.rows.tuples(filled(rowsAtOnce, some, idOf), unit), (row) => entries.add(row));
      for (const id of some) read.add(id);
    }
    return read;
  }

  /** Rows behind an id, until there are enough; whether there may be more. */
  async function readBehind(entries: Entries, after: number, unit: Unit): Promise<boolean> {
    let last = after;
    while (!entries.isFull) {
      const rows = await statements.behind.tuples({ after: last, limit: rowsAtOnce }, unit);
      await inTurns(rows, (row) => entries.add(row));
      if (rows.length < rowsAtOnce) return false;
      last = entries.highest;
    }
    return true;
  }

  async function takePending(entries: Entries, unit: Unit): Promise<boolean> {
    const pending = (await statements.pending.tuples({ limit: mostRows }, unit)) as [written: number, id: number][];
    const ids = [...new Set(pending.map(([, id]) => id))].sort((a, b) => a - b);
    const read = await readPending(entries, ids, unit);
    await write(statements, entries, unit);
    const taken = pending.filter(([, id]) => read.has(id)).map(([written]) => written);
    for (let at = 0; at < taken.length; at += listsAtOnce) {
      const some = taken.slice(at, at + listsAtOnce);
      await statements.forget.run(
        filled(listsAtOnce, some, (written, index) => ({ [`id_${index}`]: written })),
        unit,
      );
    }
    return pending.length === mostRows || read.size < ids.length;
  }

  return {
    step: () =>
      database.unitOfWork(async (unit) => {
        // One at a time, wherever it runs: nothing is left to do here while another does it.
        const row = await statements.lock.first({}, unit);
        const state = row && readState(row.ids, texts);
        if (!state) return false;
        const entries = new Entries();
        const isFilled = state.after === null;
        let more = false;
        if (isFilled) more = await takePending(entries, unit);
        else {
          more = await readBehind(entries, state.after ?? 0, unit);
          await write(statements, entries, unit);
        }
        if (isFilled && entries.rows === 0) return more;
        const after = isFilled || !more ? null : entries.highest;
        const highest = Math.max(state.highest, entries.highest);
        const next: TextIndexState = { ...state, after, highest, steps: state.steps + 1 };
        await statements.setState.run({ ids: writtenState(next) }, unit);
        return more || !isFilled;
      }),
  };
}

type Statements = ReturnType<typeof statementsOf>;

async function write(statements: Statements, { blocks }: Entries, unit: Unit): Promise<void> {
  for (const [block, lists] of blocks) {
    // In order of the table, so that neighbours are written together.
    const all = Float64Array.from(lists.keys()).sort();
    for (let at = 0; at < all.length; at += listsAtOnce) {
      const some = [...all.subarray(at, at + listsAtOnce)];
      const pieces = filled(listsAtOnce, some, (piece, index) => ({ [`piece_${index}`]: piece }));
      const there = await statements.there.tuples({ block, ...pieces }, unit);
      const known = new Map(there.map(([piece, ids]) => [piece, ids as Uint8Array]));
      const ids = filled(listsAtOnce, some, (piece, index) => {
        const [packedIds, offsets] = [known.get(piece), lists.get(piece) ?? []];
        return { [`ids_${index}`]: packedIds ? packedWith(packedIds, offsets) : packed(offsets) };
      });
      await statements.put.run({ block, ...pieces, ...ids }, unit);
      await sleep(pauseMs);
    }
  }
}

async function inTurns<Item>(items: readonly Item[], action: (item: Item) => void): Promise<void> {
  let begun = performance.now();
  for (const item of items) {
    action(item);
    if (performance.now() - begun < workMs) continue;
    await sleep(pauseMs);
    begun = performance.now();
  }
}

const idOf = (id: number, index: number) => ({ [`id_${index}`]: id });

/** Values for a statement of `size` of them: the last one again for those that are missing. */
function filled<Item>(
  size: number,
  items: readonly Item[],
  valuesOf: (item: Item, index: number) => Record<string, Scalar>,
): Record<string, Scalar> {
  const values: Record<string, Scalar> = {};
  for (let index = 0; index < size; index++) {
    const item = items[Math.min(index, items.length - 1)];
    if (item !== undefined) Object.assign(values, valuesOf(item, index));
  }
  return values;
}

function statementsOf(database: Database, { table, columns }: IndexedTexts) {
  const [lists, pending] = [textIndexName(table), pendingName(table)];
  const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);
  const selected = ['id', ...columns];
  return {
    lock: database.statement<{ ids: Uint8Array }>((knex) =>
      knex(lists).select('ids').where({ piece: stateKey, block: 0 }).forUpdate().skipLocked(),
    ),
    setState: database.statement((knex, parameter) =>
      knex(lists)
        .where({ piece: stateKey, block: 0 })
        .update({ ids: parameter('ids') }),
    ),
    pending: database.statement((knex, parameter) =>
      knex.raw(`select written, id from ${quoted(pending)} where written > 0 order by written limit ?`, [
        parameter('limit'),
      ]),
    ),
    rows: database.statement((knex, parameter) =>
      knex(table)
        .select(selected)
        .whereIn(
          'id',
          numbers(rowsAtOnce).map((index) => parameter(`id_${index}`)),
        )
        .orderBy('id'),
    ),
    behind: database.statement((knex, parameter) =>
      knex.raw(`select ${quoted(...selected)} from ${quoted(table)} where id > ? order by id limit ?`, [
        parameter('after'),
        parameter('limit'),
      ]),
    ),
    there: database.statement((knex, parameter) =>
      knex(lists)
        .select('piece', 'ids')
        .where('block', parameter('block'))
        .whereIn(
          'piece',
          numbers(listsAtOnce).map((index) => parameter(`piece_${index}`)),
        ),
    ),
    put: database.statement((knex, parameter) =>
      knex.raw(
        `insert into ${quoted(lists)} (piece, block, ids) values ${numbers(listsAtOnce).map(() => '(?, ?, ?)')} on duplicate key update ids = values(ids)`,
        numbers(listsAtOnce).flatMap((index) => [
          parameter(`piece_${index}`),
          parameter('block'),
          parameter(`ids_${index}`),
        ]),
      ),
    ),
    forget: database.statement((knex, parameter) =>
      knex(pending)
        .whereIn(
          'written',
          numbers(listsAtOnce).map((index) => parameter(`id_${index}`)),
        )
        .delete(),
    ),
  } satisfies Record<string, Statement>;
}
