/**
 * Empties a collection in batches along its ids, each one transaction: its rows, what belongs to them, and an entry of the
 * audit. A crash in between leaves whole rows, and the same call again deletes the others. Other writers wait for a batch
 * at most, so batches are as large as the database deletes in a moment.
 */
import { catalogue, PalestraError, unavailable } from '@palestra/core';
import type { Logger } from 'pino';
import { databaseFault } from '../database/errors.js';
import type { Database, Unit } from '../database/types.js';
import type { CollectionTables } from './collection-tables.js';

export interface EmptiedBatch {
  /** Rows of the collection in this transaction. */
  readonly deleted: number;
  /** Those of this call, where this was its last batch. */
  readonly total: number | undefined;
}

export interface EmptyingOptions {
  readonly database: Database;
  readonly tables: CollectionTables;
  readonly log: Pick<Logger, 'info'>;
}

interface EmptyingRequest {
  readonly name: string;
  /** Deletes one row by the rules of its plugin, in the transaction of the batch; all together where it is undefined. */
  readonly remove: ((id: number) => Promise<unknown>) | undefined;
  /** What keeps the rows with these ids from being deleted. */
  readonly obstacle: (unit: Unit, ids: readonly number[]) => Promise<PalestraError | undefined>;
  /** Writes last in the transaction of each batch, of which there is at least one. */
  readonly conclude: (batch: EmptiedBatch, unit: Unit) => Promise<void>;
}

interface Emptying {
  /** Deletes the rows that there are now; how many there were. */
  empty(request: EmptyingRequest): Promise<number>;
  stop(): void;
}

/** Rows of a batch: at first, and at most, which is below the most parameters that a statement may have. */
const firstSize = 250;
const largest = 2_000;
/** Milliseconds that a batch should take. */
const quick = 50;
const slow = 250;
const tellEveryMs = 5_000;

export function createEmptying(options: EmptyingOptions): Emptying {
  const { database, log } = options;
  let stopping = false;

  async function lastId(name: string): Promise<number> {
    const [row] = await database.knex(name).max({ last: 'id' });
    return Number(row?.last ?? 0);
  }

  async function empty(request: EmptyingRequest): Promise<number> {
    const { name } = request;
    // Those that come later stay: they would keep this going without end.
    const last = await lastId(name);
    let [after, total, size, told] = [0, 0, firstSize, performance.now()];
    for (;;) {
      if (stopping) throw stopped(name, total);
      const begun = performance.now();
      const ids = await emptyBatch(options, request, { after, last, size, before: total });
      total += ids.length;
      if (ids.length < size) break;
      after = ids.at(-1) ?? last;
      const now = performance.now();
      if (now - begun < quick) size = Math.min(size * 2, largest);
      else if (now - begun > slow) size = Math.max(Math.floor(size / 2), 1);
      if (now - told < tellEveryMs) continue;
      told = now;
      log.info({ collection: name, deleted: total }, 'A collection is being emptied.');
    }
    log.info({ collection: name, deleted: total }, 'A collection was emptied.');
    return total;
  }

  return {
    empty,
    stop() {
      stopping = true;
    },
  };
}

interface BatchPlan {
  /** Ids behind this one, up to `last`. */
  readonly after: number;
  readonly last: number;
  readonly size: number;
  /** Deleted by earlier batches. */
  readonly before: number;
}

/** The ids of its rows; fewer than `size` in the last batch. */
async function emptyBatch(options: EmptyingOptions, request: EmptyingRequest, plan: BatchPlan): Promise<number[]> {
  const { database } = options;
  const { remove, conclude } = request;
  const finish = ({ length: deleted }: readonly number[], unit: Unit) =>
    conclude({ deleted, total: deleted < plan.size ? plan.before + deleted : undefined }, unit);
  if (!remove) {
    return database.unitOfWork(async (unit) => {
      const ids = await held(options, request, plan, unit);
      await deleteAll(options, request.name, ids, unit);
      await finish(ids, unit);
      return ids;
    });
  }
  return database.oneTransaction(
    async () => {
      const ids = await database.unitOfWork((unit) => held(options, request, plan, unit));
      for (const id of ids) await remove(id);
      return ids;
    },
    (unit, ids) => finish(ids, unit),
  );
}

/** The next rows, kept from other writers, so that none of them changes after it was looked at. @throws PalestraError 409 */
async function held(
  { database }: EmptyingOptions,
  { name, obstacle }: EmptyingRequest,
  { after, last, size, before }: BatchPlan,
  unit: Unit,
): Promise<number[]> {
  const left = database.knex(name).where('id', '>', after).where('id', '<=', last);
  const next = left.select('id').orderBy('id').limit(size).forUpdate();
  const ids = (await database.query<{ id: number }>(next, unit)).map(({ id }) => id);
  const kept = ids.length > 0 ? await obstacle(unit, ids) : undefined;
  if (kept) throw before === 0 ? kept : new PalestraError(kept.fact, `${kept.message} ${goneAlready(before)}`);
  return ids;
}

async function deleteAll(
  { database, tables }: EmptyingOptions,
  name: string,
  ids: readonly number[],
  unit: Unit,
): Promise<void> {
  if (ids.length === 0) return;
  const { knex } = database;
  try {
    for (const { table, column } of tables.deletedFirst(name)) {
      await database.write(
        knex(table)
          .whereIn(column, [...ids])
          .delete(),
        unit,
      );
    }
    await database.write(
      knex(name)
        .whereIn('id', [...ids])
        .delete(),
      unit,
    );
  } catch (error) {
    // A reference that no migration of a plugin declares, such as one of the embedding app.
    if (databaseFault(error)?.kind !== 'reference') throw error;
    const message = `Rows of a table outside of Palestra refer to ${name}.`;
    throw new PalestraError(catalogue.conflict, message, { cause: error });
  }
}

function stopped(name: string, deleted: number): PalestraError {
  const done = deleted === 0 ? '' : ` ${goneAlready(deleted)}`;
  return unavailable(`The server stops, and ${name} is not empty yet.${done} Send the request again.`, 5);
}

function goneAlready(rows: number): string {
  return `${rows} ${rows === 1 ? 'row was' : 'rows were'} deleted before.`;
}
