/** Checks a whole SQLite file in a separate thread: it takes seconds for a large one, while the server continues. */
import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';

export interface SqliteCheck {
  /** What `integrity_check` and `foreign_key_check` found; empty for a sound file. */
  readonly faults: readonly string[];
  /** Rows by table, without the prefix. */
  readonly rows: Record<string, number>;
}

export interface SqliteCheckOptions {
  /** With what the names of tables begin. */
  readonly prefix: string;
  /** Tables and views to take out first. */
  readonly leftOut?: readonly string[];
}

/** Leaves the file as one, without a write-ahead log beside it; takes tables and views out of it first, and every trigger with them. */
export function checkSqlite(file: string, { prefix, leftOut = [] }: SqliteCheckOptions): Promise<SqliteCheck> {
  const driver = createRequire(import.meta.url).resolve('better-sqlite3');
  return new Promise((resolve, reject) => {
    const worker = new Worker(thread, { eval: true, workerData: { driver, file, prefix, leftOut } });
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', () => reject(new Error('The check of a SQLite file ended without an answer.')));
  });
}

/** As text: a thread begins with a file of its own, which a bundler loses and a TypeScript loader does not reach. */
const thread = `
const { parentPort, workerData } = require('node:worker_threads');
const Sqlite = require(workerData.driver);
const handle = new Sqlite(workerData.file, { fileMustExist: true });

function named(type) {
  return handle.prepare("SELECT name FROM sqlite_schema WHERE type = ? AND name NOT GLOB 'sqlite_*'").pluck().all(type);
}

function drop(type, names) {
  for (const name of names) handle.exec('DROP ' + type + ' IF EXISTS "' + name.replaceAll('"', '""') + '"');
}

/** A trigger may write to what goes; those of the server are made again at its start. */
function leaveOut(names) {
  handle.pragma('foreign_keys = OFF');
  drop('TRIGGER', named('trigger'));
  drop('VIEW', named('view').filter((name) => names.includes(name)));
  drop('TABLE', named('table').filter((name) => names.includes(name)));
  handle.exec('VACUUM');
}

function check() {
  handle.pragma('journal_mode = DELETE');
  if (workerData.leftOut.length > 0) leaveOut(workerData.leftOut);
  const integrity = handle.pragma('integrity_check(10)').map((row) => row.integrity_check);
  const orphans = handle.prepare('SELECT DISTINCT "table" FROM pragma_foreign_key_check').pluck().all();
  const count = (name) => handle.prepare('SELECT count(*) FROM "' + name.replaceAll('"', '""') + '"').pluck().get();
  return {
    faults: [
      ...integrity.filter((text) => text !== 'ok'),
      ...orphans.map((name) => name + ' refers to rows that are not there'),
    ],
    rows: Object.fromEntries(
      named('table')
        .filter((name) => name.startsWith(workerData.prefix))
        .map((name) => [name.slice(workerData.prefix.length), count(name)]),
    ),
  };
}

try {
  parentPort.postMessage(check());
} catch (error) {
  parentPort.postMessage({ faults: [error.message], rows: {} });
} finally {
  handle.close();
}
`;
