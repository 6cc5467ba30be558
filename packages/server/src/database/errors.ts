/** What an error of SQLite, MariaDB or MySQL means, in one table; no other file reads an errno. */
import { catalogue, isPalestraError, PalestraError } from '@palestra/core';

export type FaultKind =
  /** A unique index or primary key has the value already. */
  | 'duplicate'
  /** A foreign key has no parent row, or a parent row still has children. */
  | 'reference'
  /** A CHECK does not hold. */
  | 'check'
  /** A value the column cannot hold: null, wrong type, out of range, too long. */
  | 'value'
  /** A table, column or index of that name exists. */
  | 'exists'
  /** Deadlock, lock timeout, failed certification, busy: the same transaction may succeed now. */
  | 'retry'
  /** No connection, or it was lost. */
  | 'connection'
  /** No connection became free in time. */
  | 'exhausted'
  /** This process has closed the database. */
  | 'closed'
  | 'full'
  | 'readonly'
  /** The server does not let us in. */
  | 'denied'
  /** The file is not a sound database, or the disk fails. */
  | 'damaged';

export interface DatabaseFault {
  readonly kind: FaultKind;
  /**
   * Name of the index or constraint, the same on every database; `PRIMARY` for a primary key. SQLite does not name
   * foreign keys.
   */
  readonly constraint?: string;
}

/** MariaDB and MySQL: by number, since mysql2's `code` misnames what only MariaDB has. */
const byErrno: Readonly<Record<number, FaultKind>> = {
  1062: 'duplicate', // ER_DUP_ENTRY
  1586: 'duplicate', // ER_DUP_ENTRY_WITH_KEY_NAME
  1216: 'reference', // ER_NO_REFERENCED_ROW
  1217: 'reference', // ER_ROW_IS_REFERENCED
  1451: 'reference', // ER_ROW_IS_REFERENCED_2
  1452: 'reference', // ER_NO_REFERENCED_ROW_2
  3819: 'check', // ER_CHECK_CONSTRAINT_VIOLATED, MySQL
  4025: 'check', // ER_CONSTRAINT_FAILED, MariaDB
  1048: 'value', // ER_BAD_NULL_ERROR
  1264: 'value', // ER_WARN_DATA_OUT_OF_RANGE
  1265: 'value', // WARN_DATA_TRUNCATED
  1364: 'value', // ER_NO_DEFAULT_FOR_FIELD
  1366: 'value', // ER_TRUNCATED_WRONG_VALUE_FOR_FIELD
  1406: 'value', // ER_DATA_TOO_LONG
  1050: 'exists', // ER_TABLE_EXISTS_ERROR
  1060: 'exists', // ER_DUP_FIELDNAME
  1061: 'exists', // ER_DUP_KEYNAME
  1020: 'retry', // ER_CHECKREAD, MariaDB's snapshot isolation
  1047: 'retry', // ER_UNKNOWN_COM_ERROR: WSREP has not yet prepared node
  1180: 'retry', // ER_ERROR_DURING_COMMIT, failed certification
  1205: 'retry', // ER_LOCK_WAIT_TIMEOUT
  1213: 'retry', // ER_LOCK_DEADLOCK
  1040: 'connection', // ER_CON_COUNT_ERROR
  1053: 'connection', // ER_SERVER_SHUTDOWN
  1158: 'connection', // ER_NET_READ_ERROR
  1159: 'connection', // ER_NET_READ_INTERRUPTED
  1160: 'connection', // ER_NET_ERROR_ON_WRITE
  1161: 'connection', // ER_NET_WRITE_INTERRUPTED
  1203: 'connection', // ER_TOO_MANY_USER_CONNECTIONS
  1927: 'connection', // ER_CONNECTION_KILLED, MariaDB
  2006: 'connection', // CR_SERVER_GONE_ERROR
  2013: 'connection', // CR_SERVER_LOST
  4031: 'connection', // ER_CLIENT_INTERACTION_TIMEOUT, MySQL
  1021: 'full', // ER_DISK_FULL
  1114: 'full', // ER_RECORD_FILE_FULL
  1290: 'readonly', // ER_OPTION_PREVENTS_STATEMENT: --read-only
  1792: 'readonly', // ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION
  1836: 'readonly', // ER_READ_ONLY_MODE
  1044: 'denied', // ER_DBACCESS_DENIED_ERROR
  1045: 'denied', // ER_ACCESS_DENIED_ERROR
  1049: 'denied', // ER_BAD_DB_ERROR
  1698: 'denied', // ER_ACCESS_DENIED_NO_PASSWORD_ERROR
};

/** SQLite's result codes, Node's and mysql2's: `SQLITE_BUSY` also covers `SQLITE_BUSY_SNAPSHOT` and the like. */
const byCode: Readonly<Record<string, FaultKind>> = {
  SQLITE_CONSTRAINT_UNIQUE: 'duplicate',
  SQLITE_CONSTRAINT_PRIMARYKEY: 'duplicate',
  SQLITE_CONSTRAINT_ROWID: 'duplicate',
  SQLITE_CONSTRAINT_FOREIGNKEY: 'reference',
  SQLITE_CONSTRAINT_CHECK: 'check',
  SQLITE_CONSTRAINT_NOTNULL: 'value',
  SQLITE_CONSTRAINT_DATATYPE: 'value',
  SQLITE_MISMATCH: 'value',
  SQLITE_TOOBIG: 'value',
  SQLITE_BUSY: 'retry',
  SQLITE_LOCKED: 'retry',
  SQLITE_FULL: 'full',
  SQLITE_READONLY: 'readonly',
  SQLITE_CANTOPEN: 'connection',
  SQLITE_PERM: 'denied',
  SQLITE_AUTH: 'denied',
  SQLITE_IOERR: 'damaged',
  SQLITE_CORRUPT: 'damaged',
  SQLITE_NOTADB: 'damaged',
  WRITER_TIMEOUT: 'exhausted', // of `shared-commit.ts`
  DATABASE_CLOSED: 'closed', // of `closed.ts`
  ECONNREFUSED: 'connection',
  ECONNRESET: 'connection',
  EPIPE: 'connection',
  ETIMEDOUT: 'connection',
  EHOSTUNREACH: 'connection',
  ENETUNREACH: 'connection',
  ENOTFOUND: 'connection',
  EAI_AGAIN: 'connection',
  PROTOCOL_CONNECTION_LOST: 'connection',
  PROTOCOL_SEQUENCE_TIMEOUT: 'connection',
  MYSQL_CLEAR_PASSWORD_NOT_ENABLED: 'denied',
  HANDSHAKE_NO_SSL_SUPPORT: 'denied',
};

interface DriverError {
  readonly name?: unknown;
  readonly message: string;
  readonly code?: unknown;
  readonly errno?: unknown;
  readonly fatal?: unknown;
  /** Set by `sqlite-connection.ts`, since SQLite names columns instead of the index. */
  readonly constraint?: unknown;
  /** With which the names of indexes and constraints begin; see `withTablePrefix`. */
  readonly tablePrefix?: string;
}

/** Undefined for what is not a database's error, and for its errors that only a programmer can cause (bad SQL). */
export function databaseFault(error: unknown): DatabaseFault | undefined {
  if (!isDriverError(error)) return undefined;
  const kind = kindOf(error);
  if (kind === undefined) return undefined;
  const { tablePrefix = '' } = error;
  const constraint = constraintOf(error);
  if (constraint === undefined) return { kind };
  return { kind, constraint: constraint.startsWith(tablePrefix) ? constraint.slice(tablePrefix.length) : constraint };
}

/** Of a database with a table prefix, so that `databaseFault` names constraints as migrations do. */
export function withTablePrefix<Fault>(error: Fault, tablePrefix: string): Fault {
  return tablePrefix !== '' && error instanceof Error ? Object.assign(error, { tablePrefix }) : error;
}

function isDriverError(error: unknown): error is DriverError {
  return error instanceof Error && !isPalestraError(error);
}

function kindOf(error: DriverError): FaultKind | undefined {
  if (typeof error.errno === 'number' && byErrno[error.errno]) return byErrno[error.errno];
  if (typeof error.code === 'string') {
    // SQLite reports ON DELETE RESTRICT as a trigger's refusal.
    if (error.code === 'SQLITE_CONSTRAINT_TRIGGER' && error.message === 'FOREIGN KEY constraint failed') {
      return 'reference';
    }
    for (let code = error.code; code; code = code.slice(0, Math.max(0, code.lastIndexOf('_')))) {
      if (byCode[code]) return byCode[code];
    }
  }
  if (error.name === 'KnexTimeoutError') return 'exhausted';
  // mysql2 on a connection that has been closed meanwhile: no code, no number.
  return error.fatal === true && error.errno === undefined ? 'connection' : undefined;
}

/** Where a driver's message names the constraint; MySQL 8 puts the table before a key (`gym.gym_name`). */
const constraintPatterns = [
  /for key '(?:[^']*\.)?([^'.]+)'$/, // 1062
  /CONSTRAINT `([^`]+)`/, // 1451, 1452, 4025
  /Check constraint '([^']+)' is violated/, // 3819
  /CHECK constraint failed: (\S+)$/, // SQLite
];

function constraintOf(error: DriverError): string | undefined {
  if (typeof error.constraint === 'string') return error.constraint;
  for (const pattern of constraintPatterns) {
    const name = pattern.exec(error.message)?.[1];
    if (name) return name;
  }
  return undefined;
}

/** 503: the write may have happened. The caller looks it up by its unique key, or sends the same key again. */
function outcomeUnknown(cause: unknown): PalestraError {
  return new PalestraError(catalogue.outcomeUnknown, 'Whether the request took effect is not known', { cause });
}

export function isOutcomeUnknown(error: unknown): boolean {
  return isPalestraError(error) && error.fact.code === catalogue.outcomeUnknown.code;
}

const transient: ReadonlySet<FaultKind> = new Set(['retry', 'connection']);

/** The same transaction may succeed when it is run again. */
export function isTransient(error: unknown): boolean {
  const kind = databaseFault(error)?.kind;
  return kind !== undefined && transient.has(kind);
}

/** As a server answers, or does not, that is gone, refuses writes or has left its cluster. */
export function saysServerIsLost(error: unknown): boolean {
  const kind = databaseFault(error)?.kind;
  return kind === 'connection' || kind === 'readonly' || (isDriverError(error) && error.errno === 1047);
}

export function isConnectionFault(error: unknown): boolean {
  return databaseFault(error)?.kind === 'connection';
}

/**
 * Sends what must not be sent twice.
 * @throws PalestraError `outcomeUnknown` if the connection is lost before the answer: it may have taken effect
 */
export async function sendOnce<Result>(send: () => Result | Promise<Result>): Promise<Result> {
  try {
    return await send();
  } catch (error) {
    throw isConnectionFault(error) ? outcomeUnknown(error) : error;
  }
}

/** A transaction was undone through no fault of its own, since others shared its COMMIT: it can be run again at once. */
export class UndoneWithOthers extends Error {
  override readonly name = 'UndoneWithOthers';
  /** As a busy database: what swallows the error cannot go on. */
  readonly code = 'SQLITE_BUSY';
}
