/** knex on the database of the peer, as durable as Palestra's: one fsync a commit. */
import knexModule, { type Knex } from 'knex';
import { databaseUrl } from './settings.js';

export const isSqlite: boolean = databaseUrl.startsWith('sqlite:');

export const db: Knex = knexModule.knex(
  isSqlite
    ? {
        client: 'better-sqlite3',
        connection: { filename: databaseUrl.slice('sqlite:'.length) },
        useNullAsDefault: true,
      }
    : { client: 'mysql2', connection: databaseUrl, pool: { min: 0, max: 10 } },
);

if (isSqlite) {
  await db.raw('pragma journal_mode = wal');
  await db.raw('pragma synchronous = full');
}

/** Whether a unique index refused a row. */
export function isDuplicate(error: unknown): boolean {
  const { code, errno } = error as { code?: string; errno?: number };
  return code === 'SQLITE_CONSTRAINT_UNIQUE' || code === 'SQLITE_CONSTRAINT_PRIMARYKEY' || errno === 1062;
}
