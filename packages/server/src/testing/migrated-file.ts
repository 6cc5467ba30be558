/** Migrations of a new SQLite file run once a process: further files begin as a copy of it, in a quarter less of a start. */
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { openDatabase } from '../database/connect.js';
import { migrate } from '../database/migrate.js';
import type { MigrationSet } from '../database/migration-set.js';

/** By what is in them; undefined where these migrations cannot be applied. */
const made = new Map<string, Promise<string | undefined>>();
let folder: string | undefined;

/**
 * Makes `file` unless it is there, with the tables of `sets`. Where they cannot be made nothing is, and the start of the
 * host fails as it does on a new file.
 */
export async function copyMigrated(file: string, sets: readonly MigrationSet[], tablePrefix = ''): Promise<void> {
  const key = JSON.stringify([tablePrefix, sets]);
  const making = made.get(key) ?? makeMigrated(sets, tablePrefix);
  made.set(key, making);
  const source = await making;
  // At one go, since another host may start on the same file.
  if (source === undefined || existsSync(file)) return;
  mkdirSync(dirname(file), { recursive: true });
  copyFileSync(source, file);
  tellApart(file, tablePrefix);
}

let lastMade = 0;

/** When a database was made tells it from every other one (`restore-rules.ts`); that is what its copy would have too. */
function tellApart(file: string, tablePrefix: string): void {
  lastMade = Math.max(lastMade + 1, Date.now());
  const copy = new Sqlite(file);
  copy.pragma('synchronous = OFF');
  copy
    .prepare(`UPDATE "${tablePrefix}identity_event" SET happened_at = ? WHERE name = 'database_made'`)
    .run(BigInt(lastMade));
  copy.close();
}

async function makeMigrated(sets: readonly MigrationSet[], tablePrefix: string): Promise<string | undefined> {
  const file = join(ownFolder(), `${made.size}.sqlite`);
  const database = await openDatabase({ url: `sqlite:${file}`, tablePrefix });
  try {
    await migrate(database, sets);
    return file;
  } catch {
    return undefined;
  } finally {
    await database.close();
  }
}

function ownFolder(): string {
  if (folder !== undefined) return folder;
  const own = mkdtempSync(join(tmpdir(), 'palestra-migrated-'));
  process.once('exit', () => rmSync(own, { recursive: true, force: true }));
  folder = own;
  return own;
}
