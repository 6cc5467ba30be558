/** How a transaction ends: what undoes it, and what follows its commit. */
import type { Connection } from './connection.js';
import { UndoneWithOthers } from './errors.js';

/**
 * After every failure, before anything else: a lock timeout (1205) takes back only its statement and leaves the
 * transaction open. False if the connection cannot be trusted any more.
 * @throws UndoneWithOthers if what the transaction has read was not committed: its failure may follow from that
 */
export async function rollBack(connection: Connection): Promise<boolean> {
  try {
    await connection.control('ROLLBACK');
    return true;
  } catch (error) {
    if (error instanceof UndoneWithOthers) throw error;
    return false;
  }
}

/** The transaction has committed: what follows cannot make it fail. */
export function runAfterCommit(action: () => void): void {
  try {
    action();
  } catch (error) {
    process.emitWarning(error instanceof Error ? error : String(error));
  }
}
