/** The settings that every command takes from environment variables: one table, read and checked before anything opens. */
import { availableParallelism } from 'node:os';
import { assertAcceptable, parseAccountName } from '@palestra/core/auth';
import { assertDatabaseUrl } from '../database/connect.js';
import { HostListError } from '../database/mysql-url.js';
import { assertTablePrefix } from '../database/table-names.js';
import { didYouMean } from '../environment/did-you-mean.js';
import { httpUrl, list, oneOf, onOff, type Reader, text, wholeNumber } from '../environment/reader.js';
import { namesOf, type ProcessEnvironment, readVariable, type Variable } from '../environment/variable.js';
import { createAddressOf } from '../http/client-address.js';
import { createCors } from '../http/cors.js';

/** `check` throws for a text that it refuses. */
function checked(takes: string, check: (value: string) => unknown): Reader<string> {
  const read = (value: string) => {
    try {
      check(value);
      return value;
    } catch (error) {
      // It names the variable and the place.
      if (error instanceof HostListError) throw error;
      return undefined;
    }
  };
  return { takes, read };
}

const databaseUrl = checked('sqlite:FILE or mysql://USER:PASSWORD@HOST:PORT/DATABASE', assertDatabaseUrl);
const tablePrefix = checked('lower case letters, digits and _, at most 20, the first a letter', assertTablePrefix);
const password = checked('a password of 8 to 128 characters', (value) => assertAcceptable(value, '/password'));
const userName: Reader<string> = {
  takes: 'a name of visible characters without a colon',
  read: (value) => parseAccountName(value)?.display,
};
const origin = checked('an origin', (value) => createCors({ origins: [value] }));
const proxy = checked('an address or a network', (value) => createAddressOf([value]));
const mostWorkers = 256;
const someWorkers = wholeNumber(1, mostWorkers);
export const workerCount: Reader<number> = {
  takes: `${someWorkers.takes}, or auto`,
  read: (value) => (value === 'auto' ? availableParallelism() : someWorkers.read(value)),
};
const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

/** What the variables say, with the defaults of those that are not set. */
interface Settings {
  readonly host: string;
  readonly port: number;
  readonly dataDir: string;
  readonly database: string;
  readonly tablePrefix: string | undefined;
  readonly keysDir: string;
  readonly dbaUsername: string | undefined;
  readonly dbaPassword: string | undefined;
  readonly publicUrl: string | undefined;
  readonly logLevel: (typeof logLevels)[number];
  readonly metrics: boolean | undefined;
  readonly metricsToken: string | undefined;
  readonly corsOrigins: string[] | undefined;
  readonly trustProxy: string[];
  readonly drainDelay: number;
  readonly workers: number;
  readonly rateLimit: boolean;
  readonly userPassword: string | undefined;
}

export interface Environment extends Settings {
  /** All variables of the process, for those of plugins. */
  readonly all: ProcessEnvironment;
}

/** In the order in which they are shown. */
export const hostVariables: { readonly [Name in keyof Settings]: Variable<NonNullable<Settings[Name]>> } = {
  host: { name: 'HOST', reader: text, unset: '127.0.0.1', description: 'Address to listen on.' },
  port: {
    name: 'PORT',
    reader: wholeNumber(0, 65535),
    unset: '3000',
    description: 'Port to listen on; 0 for any free one.',
  },
  dataDir: {
    name: 'PALESTRA_DATA_DIR',
    reader: text,
    unset: './data',
    description: 'Folder of the SQLite file, the keys and the backups.',
  },
  database: {
    name: 'DATABASE_URL',
    reader: databaseUrl,
    secret: true,
    unset: 'sqlite:$PALESTRA_DATA_DIR/palestra.sqlite',
    description:
      'The database: `sqlite:FILE` or `mysql://USER:PASSWORD@HOST:PORT/DATABASE`; several hosts as `a:3306,b:3306,c`, the preferred one first; `?tls=on` demands a verified certificate.',
  },
  tablePrefix: {
    name: 'PALESTRA_TABLE_PREFIX',
    reader: tablePrefix,
    unset: 'none',
    description:
      'With what the names of all tables begin, such as `palestra_`, in a database that has other tables too; it stays as it was at the first start.',
  },
  keysDir: {
    name: 'PALESTRA_KEYS_DIR',
    reader: text,
    unset: '$PALESTRA_DATA_DIR/keys',
    description: 'Folder of the keys, shared by all instances on one database; never in a backup.',
  },
  dbaUsername: {
    name: 'PALESTRA_DBA_USERNAME',
    reader: userName,
    unset: 'dba',
    description: 'User name of the first account; read at the first start only.',
  },
  dbaPassword: {
    name: 'PALESTRA_DBA_PASSWORD',
    reader: password,
    secret: true,
    unset: 'generated and printed',
    description: 'Password of the first account; read at the first start only.',
  },
  publicUrl: {
    name: 'PALESTRA_PUBLIC_URL',
    reader: httpUrl,
    description: 'URL at which clients reach the server, where a proxy changes it; payment providers notify it.',
  },
  logLevel: {
    name: 'PALESTRA_LOG_LEVEL',
    reader: oneOf(logLevels),
    unset: 'info',
    description: '`fatal`, `error`, `warn`, `info`, `debug`, `trace` or `silent`; the log is JSON lines on stderr.',
  },
  metrics: {
    name: 'PALESTRA_METRICS',
    reader: onOff,
    unset: 'on; off if NODE_ENV=production',
    description: 'Whether `GET /metrics` answers.',
  },
  metricsToken: {
    name: 'PALESTRA_METRICS_TOKEN',
    reader: text,
    secret: true,
    description: 'Bearer token that `/metrics` then asks for; switches it on.',
  },
  corsOrigins: {
    name: 'PALESTRA_CORS_ORIGINS',
    reader: list(origin, 'origins such as https://app.club.example, separated by commas; there is no wildcard'),
    unset: 'none',
    description: 'Origins whose browsers may call, separated by commas.',
  },
  trustProxy: {
    name: 'PALESTRA_TRUST_PROXY',
    reader: list(proxy, 'addresses or networks such as 10.0.0.0/8, separated by commas'),
    unset: 'none',
    description: 'Addresses and networks of proxies whose `X-Forwarded-For` is believed, separated by commas.',
  },
  drainDelay: {
    name: 'PALESTRA_DRAIN_DELAY',
    reader: wholeNumber(0, 600_000),
    unset: '0',
    description: 'Milliseconds between `/readyz` answering 503 and the last new connection.',
  },
  workers: {
    name: 'PALESTRA_WORKERS',
    reader: workerCount,
    unset: '1',
    description: 'Processes that serve the port; `auto` for one per processor.',
  },
  rateLimit: {
    name: 'PALESTRA_RATE_LIMIT',
    reader: onOff,
    unset: 'on',
    description: 'Limits on guessing passwords and the like; `off` for tests and benchmarks.',
  },
  userPassword: {
    name: 'PALESTRA_USER_PASSWORD',
    reader: password,
    secret: true,
    unset: 'asked for, or the first line of standard input',
    description: 'Password that `palestra user add` and `palestra user password` give to an account.',
  },
};

/** @throws Error naming the first variable whose value cannot be used, and what it takes */
export function readEnvironment(all: ProcessEnvironment): Environment {
  const entries = Object.entries(hostVariables).map(([name, variable]) => [name, readVariable<unknown>(variable, all)]);
  const values = Object.fromEntries(entries) as { readonly [Name in keyof Settings]: Settings[Name] | undefined };
  const { dataDir = './data' } = values;
  return {
    ...values,
    host: values.host ?? '127.0.0.1',
    port: values.port ?? 3000,
    dataDir,
    keysDir: values.keysDir ?? `${dataDir}/keys`,
    database: values.database ?? `sqlite:${dataDir}/palestra.sqlite`,
    logLevel: values.logLevel ?? 'info',
    trustProxy: values.trustProxy ?? [],
    drainDelay: values.drainDelay ?? 0,
    workers: values.workers ?? 1,
    rateLimit: values.rateLimit ?? true,
    all,
  };
}

/** Variables that Kubernetes and Docker set by themselves for a service named `palestra`. */
const serviceLink = /^PALESTRA_(SERVICE_(HOST|PORT)|PORT_\d)|^PALESTRA_PORT=tcp:/;

/** A sentence for each `PALESTRA_*` that is set and that nothing reads, with the name that was probably meant. */
export function unknownVariables(environment: ProcessEnvironment, variables: readonly Variable[]): string[] {
  const known = variables.flatMap(namesOf);
  return Object.keys(environment)
    .filter((name) => name.startsWith('PALESTRA_') && !known.includes(name))
    .filter((name) => !serviceLink.test(`${name}=${environment[name]}`))
    .map((name) => `${name} is no setting.${didYouMean(name, known)}`);
}
