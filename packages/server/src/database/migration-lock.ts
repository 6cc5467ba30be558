/** At most one instance migrates a database at a time, as far as the database can say so. */

import type { Connection } from './connection.js';
import type { Dialect } from './dialect.js';

/** One call waits less than a statement may take; all together as long as a large index may need. */
const waitSeconds = 5;
const tries = 60;

const lockName = "LEFT(CONCAT('palestra.migrate.', DATABASE()), 64)";

/**
 * MySQL and MariaDB: a named lock of the session, gone with the connection. SQLite needs none: each migration is one
 * BEGIN IMMEDIATE that looks into the ledger first. Galera has none (a named lock is the node's own, and since
 * MariaDB 10.11.3 refused): there two instances may do the same step at once, which is safe because definitions are
 * ordered in the whole cluster, the second finds the first's result, the ledger's primary key takes one entry, and who
 * is ended with a deadlock meanwhile tries that statement again.
 */
export async function withMigrationLock<Result>(
  connection: Connection,
  dialect: Dialect,
  action: () => Promise<Result>,
): Promise<Result> {
  if (dialect.transactionalDefinitions || dialect.cluster) return action();
  await acquireLock(connection);
  const result = await action();
  await connection.first(`SELECT RELEASE_LOCK(${lockName}) AS released`, []);
  return result;
}

/** After a failure the connection is thrown away, and the lock with it. */
async function acquireLock(connection: Connection): Promise<void> {
  for (let attempt = 0; attempt < tries; attempt++) {
    const row = await connection.first(`SELECT GET_LOCK(${lockName}, ${waitSeconds}) AS acquired`, []);
    if (row?.acquired === 1) return;
  }
  throw new Error(`Another instance has been migrating this database for ${waitSeconds * tries} s.`);
}
