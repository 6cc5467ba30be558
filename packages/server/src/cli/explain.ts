/** Error messages of commands: the setting, the place and the next step; never the stack of a library. */

import { nameOf, parseMysqlUrl } from '../database/mysql-url.js';
import type { Environment } from './environment.js';
import { CommandError, UsageError } from './errors.js';

interface SystemError extends Error {
  readonly code?: string | undefined;
  readonly errno?: number | undefined;
  readonly syscall?: string | undefined;
}

type Explanation = readonly [
  codes: readonly (string | number)[],
  says: (environment: Environment, code: string) => string,
];

const unreachable = [
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'PROTOCOL_CONNECTION_LOST',
];

const ofListening: readonly Explanation[] = [
  [
    ['EADDRINUSE'],
    ({ host, port }) =>
      `PORT: ${port} on ${host} is in use by another process. Stop that process, or set PORT to another number.`,
  ],
  [['EACCES'], ({ port }) => `PORT: this user may not listen on ${port}. Set PORT to a number above 1023.`],
  [
    ['EADDRNOTAVAIL', 'ENOTFOUND', 'EAI_AGAIN', 'EINVAL'],
    ({ host }) =>
      `HOST: ${host} is not an address of this machine. Set HOST to one of its addresses, such as 127.0.0.1 or 0.0.0.0.`,
  ],
];

/** By `code`, or by the number of the server's error, since drivers name MariaDB's own wrongly. */
const ofDatabase: readonly Explanation[] = [
  [
    unreachable,
    ({ database }, code) =>
      `DATABASE_URL: no database answers at ${placeOf(database)} (${code}). Start it, or correct host and port.`,
  ],
  [
    [1045, 1698],
    ({ database }) => `DATABASE_URL: ${placeOf(database)} refuses the user or the password. Correct them.`,
  ],
  [
    [1044, 1142, 1227],
    ({ database }) =>
      `DATABASE_URL: the user has too few privileges on ${placeOf(database)}. Grant it all on the database.`,
  ],
  [
    [1049],
    ({ database }) =>
      `DATABASE_URL: there is no such database at ${placeOf(database)}. Create it, or correct the name.`,
  ],
  [
    ['SQLITE_NOTADB', 'SQLITE_CORRUPT'],
    ({ database }) =>
      `DATABASE_URL: ${fileOf(database)} is not a sound SQLite file. Restore a backup, or name another file.`,
  ],
  [
    ['SQLITE_CANTOPEN', 'SQLITE_READONLY', 'SQLITE_PERM', 'SQLITE_IOERR'],
    ({ database }) =>
      `DATABASE_URL: ${fileOf(database)} cannot be opened and written. Check the rights of the file and its folder.`,
  ],
  [['SQLITE_FULL', 'ENOSPC'], ({ dataDir }) => `PALESTRA_DATA_DIR: the disk of ${dataDir} is full. Free some space.`],
];

export function explain(error: unknown, environment: Environment | undefined): string {
  const known = environment && explanationOf(error, environment);
  return known ?? chainOf(error);
}

function explanationOf(error: unknown, environment: Environment): string | undefined {
  if (!(error instanceof Error) || error instanceof CommandError || error instanceof UsageError) return undefined;
  const { code = '', errno, syscall, cause } = error as SystemError;
  const isListening =
    syscall === 'listen' || syscall === 'bind' || (syscall === 'getaddrinfo' && !isMysql(environment));
  const family = code.replace(/^(SQLITE_[A-Z]+)_\w+$/, '$1');
  const found = (isListening ? ofListening : ofDatabase).find(([codes]) =>
    codes.some((each) => each === code || each === family || each === errno),
  );
  return found?.[1](environment, code) ?? explanationOf(cause, environment);
}

function isMysql({ database }: Environment): boolean {
  return database.startsWith('mysql:');
}

/** Without user and password. */
function placeOf(url: string): string {
  const { hosts, database } = parseMysqlUrl(url);
  return `${hosts.map(nameOf).join(', ')}/${database}`;
}

function fileOf(url: string): string {
  return url.slice('sqlite:'.length);
}

/** The chain of causes, a line each. */
function chainOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message}\n  because: ${chainOf(error.cause)}`;
}
