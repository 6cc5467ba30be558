/** One suite on every database: what a test shows on SQLite, it shows on MariaDB too. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hasMariadb, type Mariadb, startMariadb } from './mariadb.js';

/** Makes an empty database and gives its `DATABASE_URL`. */
export type FreshDatabase = () => Promise<string>;

export interface TestDatabase {
  readonly name: 'SQLite' | 'MariaDB';
  /** Why it cannot be tested here. */
  readonly missing?: string;
  readonly fresh: FreshDatabase;
}

/**
 * MariaDB is started by the first that asks for one, once a process, and ends with the process. The environment variable
 * `TEST_DATABASES=SQLite` chooses, for a quick run.
 */
export function testDatabases(): readonly TestDatabase[] {
  const demanded = process.env.REQUIRE_ALL === '1';
  const missing = hasMariadb() || demanded ? {} : { missing: 'MariaDB is not installed' };
  const all: readonly TestDatabase[] = [
    { name: 'SQLite', fresh: freshSqlite },
    { name: 'MariaDB', fresh: freshMariadb, ...missing },
  ];
  const chosen = process.env.TEST_DATABASES?.split(',');
  return chosen ? all.filter(({ name }) => chosen.includes(name)) : all;
}

/** What mocha, or another runner with its interface, puts into the global scope. */
interface Describe {
  (title: string, suite: () => void): unknown;
  skip(title: string, suite: () => void): unknown;
}

/** `suite` once a database; where one is missing, its tests are shown as pending, with the reason. */
export function describeOnEachDatabase(
  title: string,
  suite: (fresh: FreshDatabase, name: TestDatabase['name']) => void,
): void {
  for (const database of testDatabases()) describeOn(database, title, suite);
}

/** `suite` on one database, for what others do not have, such as round trips to a server. */
export function describeOnDatabase(
  name: TestDatabase['name'],
  title: string,
  suite: (fresh: FreshDatabase) => void,
): void {
  for (const database of testDatabases()) if (database.name === name) describeOn(database, title, suite);
}

function describeOn(
  { name, missing, fresh }: TestDatabase,
  title: string,
  suite: (fresh: FreshDatabase, name: TestDatabase['name']) => void,
): void {
  const { describe } = globalThis as unknown as { describe: Describe };
  if (missing) describe.skip(`${title} on ${name} (${missing})`, () => suite(fresh, name));
  else describe(`${title} on ${name}`, () => suite(fresh, name));
}

let folder: string | undefined;
let files = 0;

async function freshSqlite(): Promise<string> {
  if (folder === undefined) {
    const made = mkdtempSync(join(tmpdir(), 'palestra-sqlite-'));
    process.once('exit', () => rmSync(made, { recursive: true, force: true }));
    folder = made;
  }
  files += 1;
  return `sqlite:${join(folder, `${files}.db`)}`;
}

let mariadb: Promise<Mariadb | undefined> | undefined;
let failures = 0;
const mostFailures = 2;

async function freshMariadb(): Promise<string> {
  if (failures === mostFailures) throw new Error('MariaDB does not start, as the first failures say.');
  mariadb ??= startMariadb().catch((error: unknown) => {
    // A machine that was too busy may do better for the next suite.
    failures += 1;
    mariadb = undefined;
    throw error;
  });
  const server = await mariadb;
  if (!server) throw new Error('MariaDB is not installed.');
  return server.createDatabase();
}
