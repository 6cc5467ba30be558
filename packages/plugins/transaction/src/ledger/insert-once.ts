/** An insert that a unique key keeps from happening twice. */
import { databaseFault } from '@palestra/server';

/** False if the row exists already; the transaction goes on. */
export async function insertOnce(insert: () => Promise<unknown>): Promise<boolean> {
  try {
    await insert();
    return true;
  } catch (error) {
    if (databaseFault(error)?.kind === 'duplicate') return false;
    throw error;
  }
}
