/** Reads and writes which instances serve a database. */
import type { RunningInstance, RunningPlugin } from '../database/compatibility.js';
import { ledgerTable } from '../database/table-names.js';
import type { Database } from '../database/types.js';

/** An instance that was not heard of for so many milliseconds is gone. */
const goneAfterMs = 20_000;

interface InstanceRow {
  readonly id: string;
  readonly name: string;
  readonly plugins: string;
  readonly seen_at: number;
}

interface InstanceEntry {
  readonly id: string;
  readonly name: string;
  readonly plugins: Readonly<Record<string, RunningPlugin>>;
}

/** Those heard of lately; none in a database that was never served. Clocks of instances agree within seconds. */
export async function runningInstances(database: Database, now: number): Promise<(RunningInstance & { id: string })[]> {
  const { knex, tableName } = database;
  // Without a ledger, tables of these names are of another owner.
  for (const table of [ledgerTable, 'running_instance']) {
    if (!(await knex.schema.hasTable(tableName(table)))) return [];
  }
  const since = Math.max(now - goneAfterMs, await lastBackupRestored(database));
  const rows: InstanceRow[] = await knex('running_instance').where('seen_at', '>', since).orderBy('name');
  return rows.map(({ id, name, plugins }) => ({ id, name, plugins: JSON.parse(plugins) }));
}

/** When the backup was made that was restored last: with it came entries of instances of that time. */
async function lastBackupRestored({ knex, tableName }: Database): Promise<number> {
  if (!(await knex.schema.hasTable(tableName('restoration')))) return 0;
  const [row]: { made: string | null }[] = await knex('restoration').max({ made: 'created_at' });
  return row?.made ? Date.parse(row.made) : 0;
}

export interface InstanceStore {
  enter(entry: InstanceEntry, now: number): Promise<void>;
  /** Enters it again where a restore or a purge has taken its row. */
  touch(entry: InstanceEntry, now: number): Promise<void>;
  remove(id: string): Promise<void>;
  purge(before: number): Promise<void>;
}

export function createInstanceStore(database: Database): InstanceStore {
  const insert = database.statement((knex, parameter) =>
    knex('running_instance').insert(parameter.each(['id', 'name', 'plugins', 'started_at', 'seen_at'])),
  );
  const touch = database.statement((knex, parameter) =>
    knex('running_instance').where('id', parameter('id')).update('seen_at', parameter('now')),
  );
  const remove = database.statement((knex, parameter) =>
    knex('running_instance').where('id', parameter('id')).delete(),
  );
  const purge = database.statement((knex, parameter) =>
    knex('running_instance').where('seen_at', '<', parameter('before')).delete(),
  );

  async function enter({ id, name, plugins }: InstanceEntry, now: number): Promise<void> {
    await insert.run({ id, name, plugins: JSON.stringify(plugins), started_at: now, seen_at: now });
  }

  return {
    enter,
    async touch(entry, now) {
      const { affected } = await touch.run({ id: entry.id, now });
      if (affected === 0) await enter(entry, now);
    },
    remove: async (id) => void (await remove.run({ id })),
    purge: async (before) => void (await purge.run({ before })),
  };
}
