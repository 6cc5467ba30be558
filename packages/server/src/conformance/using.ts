/** A database for as long as a check needs it. */
import { openDatabase } from '../database/connect.js';
import type { Database, Intercept } from '../database/types.js';

export async function using<Result>(
  url: string,
  use: (database: Database) => Promise<Result>,
  intercept?: Intercept,
): Promise<Result> {
  const database = await openDatabase({ url, ...(intercept && { intercept }) });
  try {
    return await use(database);
  } finally {
    await database.close();
  }
}
