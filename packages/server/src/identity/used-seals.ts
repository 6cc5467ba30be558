/** The table `sealed_use`: sealed values that were opened, so that none is opened twice. */
import type { ReplayStore } from '@palestra/core/auth';
import { insertOnce } from '../database/insert-once.js';
import type { Database } from '../database/types.js';

export interface UsedSeals extends ReplayStore {
  /** Forgets those that are too old to be opened in any case. */
  purge(now: number): Promise<void>;
}

export function createUsedSeals(database: Database): UsedSeals {
  const statements = {
    insert: database.statement((knex, parameter) => knex('sealed_use').insert(parameter.each(['id', 'expires_at']))),
    purge: database.statement((knex, parameter) =>
      knex('sealed_use').where('expires_at', '<', parameter('now')).delete(),
    ),
  };
  return {
    use: (id, expiresAt) => insertOnce(statements.insert, { id, expires_at: expiresAt }),
    purge: async (now) => void (await statements.purge.run({ now })),
  };
}
