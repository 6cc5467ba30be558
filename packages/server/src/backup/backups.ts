/** Making and restoring backups of one database, whichever it is: what the operations and the commands share. */

import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import type { Clock } from '@palestra/core';
import type { Database } from '../database/types.js';
import type { KeyStore } from '../keys/types.js';
import type { AnyPlugin } from '../plugin/plugin.js';
import type { Copying } from './copying.js';
import { assertRecipients, encryptBackup } from './encryption.js';
import { backupIncompatible } from './errors.js';
import { openBackup, writeBackup } from './file.js';
import type { Manifest } from './manifest.js';
import { mysqlCopying } from './mysql.js';
import { sortRules } from './rules.js';
import { sqliteCopying } from './sqlite.js';
import { tablesOf } from './tables.js';
import type { Backups } from './types.js';

export interface BackupsOptions {
  readonly database: Database;
  /** All of the host's, in order: their migrations make the tables, their restore rules bind a restore. */
  readonly plugins: readonly AnyPlugin[];
  readonly keys: Pick<KeyStore, 'secrets' | 'renew'>;
  readonly clock: Clock;
}

const copyings: Readonly<Record<Manifest['database'], Copying>> = { sqlite: sqliteCopying, mysql: mysqlCopying };

export async function createBackups({ database, plugins, keys, clock }: BackupsOptions): Promise<Backups> {
  const sets = plugins.map(({ name, migrations }) => ({ plugin: name, migrations: migrations ?? [] }));
  const tables = tablesOf(sets);
  const rules = sortRules(
    plugins.flatMap(({ restore }) => restore ?? []),
    tables,
  );
  const ring = await keys.secrets('backup');
  const { name } = database.dialect;
  const copying = copyings[name];
  const prefix = database.tableName('');

  return {
    async create(path, { recipients = [] }) {
      await assertRecipients(recipients);
      const payload = `${path}.payload.partial`;
      const plain = recipients.length === 0 ? path : `${path}.plain.partial`;
      const createdAt = new Date(clock.now()).toISOString();
      try {
        const migrations = await readLedger(database);
        const rows = await copying.dump(database, payload, { tables, sets });
        const manifest = {
          format: 'palestra-backup',
          version: 1,
          database: name,
          ...(name === 'sqlite' && prefix !== '' && { tablePrefix: prefix }),
          createdAt,
          rows,
          migrations,
        } as const;
        const made = await writeBackup(plain, payload, manifest, ring);
        if (plain === path) return { ...made, createdAt };
        const stamp = { createdAt, bytes: made.bytes };
        return { ...(await encryptBackup(plain, path, { recipients, stamp, keys: ring })), createdAt };
      } finally {
        await rm(payload, { force: true });
        if (plain !== path) await rm(plain, { force: true });
      }
    },

    inspect: async (file) => (await openBackup(file, ring)).manifest,

    async rows() {
      const counts = [...tables.keys()].map(async (table) => {
        const [row] = await database.knex(table).count({ rows: '*' });
        return [table, Number(row?.rows ?? 0)] as const;
      });
      return Object.fromEntries(await Promise.all(counts));
    },

    async check(file, folder) {
      const { manifest, payload } = await openBackup(file, ring);
      await assertFits(manifest, database);
      // A file that is made of lines is made as the running one.
      const prefixes = {
        running: prefix,
        staged: manifest.database === 'mysql' ? prefix : (manifest.tablePrefix ?? ''),
      };
      const staged = await copying.stage({ database, manifest, payload, folder, sets, tables, rules, prefixes });
      return {
        manifest,
        discard: () => staged.discard(),
        switchOver: async () => {
          await staged.switchOver({
            id: randomBytes(16).toString('hex'),
            created_at: manifest.createdAt,
            restored_at: clock.now(),
          });
          for (const purpose of rules.secrets) await keys.renew(purpose);
        },
      };
    },
  };
}

/** The running database has every migration of this version, so one that it lacks is from another version. */
async function assertFits(manifest: Manifest, database: Database): Promise<void> {
  const here = await readLedger(database);
  for (const [migration, checksum] of Object.entries(manifest.migrations)) {
    if (here[migration] === checksum) continue;
    throw backupIncompatible(
      here[migration] === undefined
        ? `it has the migration ${migration}, which a newer version or a plugin that is not here has made`
        : `its migration ${migration} was another one`,
    );
  }
}

async function readLedger({ knex }: Database): Promise<Record<string, string>> {
  const rows: { plugin: string; name: string; checksum: string }[] = await knex('palestra_migration')
    .select('plugin', 'name', 'checksum')
    .orderBy(['plugin', 'name']);
  return Object.fromEntries(rows.map(({ plugin, name, checksum }) => [`${plugin}/${name}`, checksum]));
}
