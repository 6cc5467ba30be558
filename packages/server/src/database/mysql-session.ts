/** What every session is set to, whatever the server's defaults are, and what the server says of itself. */
import { type Dialect, exactCollations, mysqlDialect } from './dialect.js';

const variables = ['version', 'wsrep_on', 'innodb_flush_log_at_trx_commit', 'idle_transaction_timeout'] as const;

/** What is asked of a connection here. */
interface Session {
  all<Result extends object>(sql: string, values: readonly string[]): Promise<Result[]>;
  control(sql: string): Promise<void>;
}

type ServerVariables = Readonly<Partial<Record<(typeof variables)[number], string>>>;

const settings = [
  "sql_mode = 'STRICT_ALL_TABLES,ONLY_FULL_GROUP_BY,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION,PIPES_AS_CONCAT'",
  "time_zone = '+00:00'",
  'innodb_lock_wait_timeout = 5',
  'autocommit = 1',
];

/** On Galera a read waits until what other nodes committed before is here: without, 34 of 300 reads were stale. */
const onGalera = 'wsrep_sync_wait = 1';

/**
 * A transaction whose client is gone in silence keeps its locks until the server ends it, by default after 8 h. MariaDB
 * ends an idle transaction after 15 s; MySQL has no such limit, so there the whole session ends after 90 s of silence,
 * which is longer than a connection is idle in the pool.
 */
const idleLimits = { mariadb: 'idle_transaction_timeout = 15', mysql: 'wait_timeout = 90' } as const;

export interface SessionFacts {
  readonly isMariadb: boolean;
  readonly version: string;
}

export async function prepareSession(connection: Session): Promise<SessionFacts> {
  const { version = '', wsrep_on, idle_transaction_timeout } = await serverVariables(connection);
  const isMariadb = idle_transaction_timeout !== undefined;
  const all = [...settings, idleLimits[isMariadb ? 'mariadb' : 'mysql'], ...(wsrep_on === 'ON' ? [onGalera] : [])];
  await connection.control(`SET SESSION ${all.join(', ')}`);
  await connection.control('SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED');
  return { isMariadb, version };
}

export interface InspectedServer {
  readonly dialect: Dialect;
  /** Compares text exactly. */
  readonly collation: string;
  readonly warnings: readonly string[];
}

/** @throws Error for a server without a collation that compares exactly */
export async function inspectServer(connection: Session): Promise<InspectedServer> {
  const { version = '', wsrep_on, innodb_flush_log_at_trx_commit } = await serverVariables(connection);
  const rows = await connection.all<{ name: string }>(
    `SELECT COLLATION_NAME AS name FROM information_schema.COLLATIONS WHERE COLLATION_NAME IN (?, ?)`,
    exactCollations,
  );
  const collation = exactCollations.find((name) => rows.some((row) => row.name === name));
  if (!collation) throw new Error(`${version} has no collation that compares exactly: ${exactCollations.join(', ')}.`);
  const dialect = mysqlDialect({ version, collation, cluster: wsrep_on === 'ON' });
  return { dialect, collation, warnings: warningsOf(innodb_flush_log_at_trx_commit) };
}

async function serverVariables(connection: Session): Promise<ServerVariables> {
  const names = variables.map((name) => `'${name}'`).join(', ');
  const rows = await connection.all<{ Variable_name: string; Value: string }>(
    `SHOW VARIABLES WHERE Variable_name IN (${names})`,
    [],
  );
  return Object.fromEntries(rows.map((row) => [row.Variable_name, row.Value]));
}

function warningsOf(flushLog: string | undefined): string[] {
  if (flushLog === undefined || flushLog === '1') return [];
  return [
    `innodb_flush_log_at_trx_commit is ${flushLog}: a crash of the server loses commits already answered. Set it to 1.`,
  ];
}
