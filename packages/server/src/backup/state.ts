/** What all instances and commands know of the backups of a database: when the last one was made, and by the schedule. */
import type { Database } from '../database/types.js';

interface LastBackup {
  readonly at: number;
  readonly bytes: number | null;
}

/** `made`: the last good backup, by a schedule or by hand; `scheduled`: when the schedule was last served. */
type Name = 'made' | 'scheduled';

export interface BackupState {
  last(name: Name): Promise<LastBackup | undefined>;
  set(name: Name, state: LastBackup): Promise<void>;
}

export function createState(database: Database): BackupState {
  const find = database.statement<LastBackup>((knex, parameter) =>
    knex('backup_state').select('at', 'bytes').where('name', parameter('name')),
  );
  const set = database.statement((knex, parameter) =>
    knex('backup_state')
      .insert(parameter.each(['name', 'at', 'bytes']))
      .onConflict('name')
      .merge(['at', 'bytes']),
  );
  return {
    last: (name) => find.first({ name }),
    set: async (name, { at, bytes }) => void (await set.run({ name, at, bytes })),
  };
}
