/**
 * How a pool is closed, and what needs it after that: knex, its pool and better-sqlite3 each say that in words of their
 * own, without a code.
 */

import type { Knex } from 'knex';
import { withTimeout } from '../async/with-timeout.js';
import { timeLimits } from './time-limits.js';

/** What of a knex client says whether its pool is open; knex drops a pool once that is destroyed. */
interface PoolOwner {
  readonly pool?: object | undefined;
}

/** @throws Error that `databaseFault` knows as `closed`, at once: a pool that is being destroyed gives no connection */
export async function acquireFrom<Acquired>(owner: PoolOwner, acquire: () => Promise<Acquired>): Promise<Acquired> {
  if (isClosed(owner)) throw databaseClosed();
  try {
    return await acquire();
  } catch (error) {
    throw isClosed(owner) ? databaseClosed(error) : error;
  }
}

function isClosed({ pool }: PoolOwner): boolean {
  return !pool || ('destroyed' in pool && pool.destroyed === true);
}

export function databaseClosed(cause?: unknown): Error {
  return Object.assign(new Error('The database has been closed.', { cause }), { code: 'DATABASE_CLOSED' });
}

/** Waits for what is under way, but for `timeLimits.close` at most: what is left then is cut off, and not committed. */
export async function closePool(knex: Knex): Promise<void> {
  await withTimeout(timeLimits.close, () => knex.destroy()).catch(() => undefined);
  const client: { cutAll(): void } = knex.client;
  client.cutAll();
}
