/** A table with one of everything, and the databases that tests opened, closed after each. */
import type { Migration, TableDefinition } from '@palestra/core';
import { openDatabase } from '../../src/database/connect.js';
import { migrate } from '../../src/database/migrate.js';
import type { MigrationSet } from '../../src/database/migration-set.js';
import type { Database, DatabaseOptions } from '../../src/database/types.js';

export const visitTable: Migration & { readonly createTable: TableDefinition } = {
  name: 'create_visit',
  createTable: {
    table: 'visit',
    columns: {
      id: { type: 'id' },
      label: { type: 'text', length: 100 },
      code: { type: 'ascii', length: 40, nullable: true },
      count: { type: 'integer', default: 0 },
      ratio: { type: 'real', nullable: true },
      story: { type: 'longtext', nullable: true },
      facts: { type: 'json', nullable: true },
      stamp: { type: 'bytes', length: 32, nullable: true },
    },
    indexes: [
      { name: 'visit_label', columns: ['label'], unique: true },
      { name: 'visit_code_ratio', columns: ['code', 'ratio'], unique: true },
    ],
    checks: { visit_count: 'count >= 0' },
  },
};

export const guestTable: Migration = {
  name: 'create_guest',
  createTable: {
    table: 'guest',
    columns: { visit_id: { type: 'integer' }, seat: { type: 'integer' }, host_id: { type: 'integer', nullable: true } },
    primaryKey: ['visit_id', 'seat'],
    foreignKeys: [
      { column: 'visit_id', references: { table: 'visit', column: 'id' }, onDelete: 'restrict' },
      { column: 'host_id', references: { table: 'visit', column: 'id' } },
    ],
  },
};

export const sets: readonly MigrationSet[] = [{ plugin: 'club', migrations: [visitTable, guestTable] }];

const opened: Database[] = [];

/** Opened as `options` say; closed by `closeAll`. */
export async function open(options: DatabaseOptions): Promise<Database> {
  const database = await openDatabase(options);
  opened.push(database);
  return database;
}

export async function openMigrated(options: DatabaseOptions): Promise<Database> {
  const database = await open(options);
  await migrate(database, sets);
  return database;
}

export async function closeAll(): Promise<void> {
  await Promise.all(opened.splice(0).map((database) => database.close()));
}

/** What a driver would throw: by number from MySQL and MariaDB, by code from SQLite and the network. */
export function driverError(fault: { errno: number } | { code: string }): Error {
  return Object.assign(new Error('injected'), fault);
}

/** What an action is refused with; fails if it is not. */
export async function refusal(action: () => Promise<unknown>): Promise<unknown> {
  try {
    await action();
  } catch (error) {
    return error;
  }
  throw new Error('It was not refused.');
}

/** For a deadlock with `startRival`. */
export const rivalRows: readonly { readonly label: string }[] = ['a', 'b', 'heavy 1', 'heavy 2', 'heavy 3'].map(
  (label) => ({ label }),
);

/**
 * A transaction that holds `b` when it is returned, and then waits for `a`. It has changed more than one that holds `a`, so
 * that the server chooses the other one to undo.
 */
export async function startRival(database: Database): Promise<{ readonly ended: Promise<void> }> {
  let ended = Promise.resolve();
  await new Promise<void>((holds, fails) => {
    ended = database.unitOfWork(async (unit) => {
      const change = (label: string) =>
        database.write(database.knex('visit').where({ label }).increment('count', 10), unit);
      for (const label of ['heavy 1', 'heavy 2', 'heavy 3', 'b']) await change(label);
      holds();
      await change('a');
    });
    ended.catch(fails);
  });
  return { ended };
}
