/** Makes an index of trigrams on MySQL, where definitions do not roll back: what is there as it should be stays. */
import type { Connection } from './connection.js';
import { quoted } from './dialect.js';
import { driverOf, withConnection } from './driver.js';
import { withMigrationLock } from './migration-lock.js';
import {
  type IndexedTexts,
  pendingName,
  stateKey,
  tableDefinitions,
  tableRemovals,
  triggerDefinitions,
  triggerNames,
  writtenState,
} from './mysql-text-index-definition.js';
import { withRetries } from './retry.js';
import { textIndexName } from './text-index.js';
import type { Database } from './types.js';

/** For transactions that use the table: a trigger is made between two of them, and others queue behind it. */
const lockSeconds = 2;
/** On Galera, which has no lock for it, another instance may have taken away what was just made, to make it itself. */
const mostTimes = 3;

/**
 * Makes what is missing, or all of it again where it is of another version or the triggers run as another account: one that
 * is gone would fail every write.
 * @throws PalestraError `unavailable` where the table is in use all the time
 */
export function makeTextIndex(database: Database, texts: IndexedTexts): Promise<void> {
  const driver = driverOf(database);
  const make = async (connection: Connection) => {
    for (let made = 0; made < mostTimes && !(await isMade(connection, texts)); made++) {
      await connection.control(`SET SESSION lock_wait_timeout = ${lockSeconds}`);
      await makeAgain(connection, texts);
      await connection.control('SET SESSION lock_wait_timeout = DEFAULT');
    }
  };
  return withRetries(Math.random, () =>
    withConnection(
      driver,
      (connection) => withMigrationLock(connection, driver.dialect, () => make(connection)),
      // It has that time limit still, and the lock.
      () => true,
    ),
  );
}

interface Trigger {
  readonly name: string;
  readonly action: string;
  readonly definer: string;
  readonly account: string;
}

function triggersOf(connection: Connection, table: string): Promise<Trigger[]> | Trigger[] {
  return connection.all<Trigger>(
    `SELECT TRIGGER_NAME AS name, ACTION_STATEMENT AS action, DEFINER AS definer, CURRENT_USER() AS account
      FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = DATABASE() AND EVENT_OBJECT_TABLE = ?`,
    [table],
  );
}

async function isMade(connection: Connection, { table, columns, definition }: IndexedTexts): Promise<boolean> {
  const tables = await connection.all(
    'SELECT TABLE_NAME AS name FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME IN (?, ?)',
    [textIndexName(table), pendingName(table)],
  );
  if (tables.length < 2) return false;
  const found = await triggersOf(connection, table);
  const isThere = ({ name, action }: { readonly name: string; readonly action: string }) =>
    found.some((each) => each.name === name && each.action === action && each.definer === each.account);
  if (!triggerDefinitions(table, columns).every(isThere)) return false;
  const state = await connection.first<{ readonly ids: Uint8Array }>(
    `SELECT ids FROM ${quoted(textIndexName(table))} WHERE piece = ${stateKey}`,
    [],
  );
  return state !== undefined && Buffer.from(state.ids).includes(definition);
}

/**
 * Takes the index of a table away, if it has one; the next start makes it again.
 * @param table by its name in the database
 */
export async function removeTextIndex(connection: Connection, table: string): Promise<void> {
  const ours = triggerNames(table);
  for (const { name } of await triggersOf(connection, table)) {
    // Of an account that may make no triggers, none is there, and it may not drop one either.
    if (ours.includes(name)) await connection.control(`DROP TRIGGER IF EXISTS ${quoted(name)}`);
  }
  for (const sql of tableRemovals(table)) await connection.control(sql);
}

/** The triggers come before the state: nothing is taken in as long as a write may be missed. */
async function makeAgain(connection: Connection, { table, columns, definition }: IndexedTexts): Promise<void> {
  await removeTextIndex(connection, table);
  for (const sql of tableDefinitions(table)) await connection.control(sql);
  for (const { sql } of triggerDefinitions(table, columns)) await connection.control(sql);
  await connection.run(
    `INSERT IGNORE INTO ${quoted(textIndexName(table))} (piece, block, ids) VALUES (${stateKey}, 0, ?)`,
    [writtenState({ definition, after: 0, highest: 0, steps: 0 })],
  );
}
