/**
 * Whether a database that answers can be written: a full disk, a file or a server that became read-only. The last fault
 * of a write decides, until a write succeeds again.
 */
import { randomBytes } from 'node:crypto';
import { isPalestraError } from '@palestra/core';
import type { Connection } from './connection.js';
import type { Driver } from './driver.js';
import { databaseFault, type FaultKind, isConnectionFault } from './errors.js';
import { withNamedConnection } from './named-connection.js';
import { rollBack } from './transaction-end.js';

const lasting: ReadonlySet<FaultKind | undefined> = new Set<FaultKind>(['full', 'readonly', 'denied', 'damaged']);

export class Writability {
  #lost = false;

  /** Of a write; its rejection is looked at and passed on. */
  async watch<Result>(write: Promise<Result>): Promise<Result> {
    try {
      return await write;
    } catch (error) {
      const cause = isPalestraError(error) ? error.cause : error;
      if (lasting.has(databaseFault(cause)?.kind)) this.#lost = true;
      throw error;
    }
  }

  /** True unless a write failed for such a reason; then `probe` is asked, which rejects if it cannot write. */
  async holds(probe: () => Promise<void>): Promise<boolean> {
    if (this.#lost) await probe();
    this.#lost = false;
    return true;
  }
}

/**
 * Whether a write can be committed, shown by one that changes nothing in the ledger of migrations.
 * @throws Error as the database refuses it
 */
export async function probeWrite(driver: Driver): Promise<void> {
  // Of this probe alone: those of several instances that start at once do not wait for each other.
  const name = `probe-${randomBytes(12).toString('hex')}`;
  const write = async (connection: Connection) => {
    await connection.control(driver.dialect.begin);
    try {
      await connection.run(
        "INSERT INTO palestra_migration (plugin, name, checksum, applied_at) VALUES ('', ?, '', 0)",
        [name],
      );
      await connection.run("DELETE FROM palestra_migration WHERE plugin = '' AND name = ?", [name]);
      await connection.control('COMMIT');
    } catch (error) {
      await rollBack(connection);
      throw error;
    }
  };
  await withNamedConnection(driver, write, isConnectionFault);
}
