/** What the doctor looks at. Nothing here changes anything, so it can be run beside a server or before its first start. */
import { existsSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { satisfies } from 'semver';
import { missingTriggers } from '../audit/index.js';
import { type Database, migrate, openDatabase } from '../database/index.js';
import { read } from '../keys/key-file.js';
import { type CommandContext, hostOf } from './command.js';

export interface Finding {
  readonly level: 'ok' | 'warning' | 'failure';
  readonly text: string;
  /** What to do about it. */
  readonly next?: string;
}

export interface Check {
  readonly name: string;
  run(context: CommandContext): Promise<readonly Finding[]>;
}

const ok = (text: string): Finding => ({ level: 'ok', text });
const warning = (text: string, next: string): Finding => ({ level: 'warning', text, next });
const failure = (text: string, next: string): Finding => ({ level: 'failure', text, next });

/** Of package.json's `engines`. */
const nodeRange = '>=20.19';
/** How far the database's clock may be from ours before tokens and rate limits of several instances disagree. */
const mostSkewMs = 2_000;

export const checks: readonly Check[] = [
  { name: 'Node', run: async () => [checkNode(process.versions.node)] },
  { name: 'database', run: (context) => onDatabase(context, checkDatabase) },
  { name: 'migrations', run: (context) => onDatabase(context, (database) => checkMigrations(database, context)) },
  { name: 'audit', run: (context) => onDatabase(context, checkTriggers) },
  { name: 'clock', run: (context) => onDatabase(context, checkClock) },
  { name: 'keys', run: checkKeyFiles },
  { name: 'keys in use', run: (context) => onDatabase(context, (database) => checkRecordedKeys(database, context)) },
];

function checkNode(version: string): Finding {
  if (satisfies(version, nodeRange)) return ok(version);
  return failure(`${version} is too old`, `Install Node ${nodeRange}.`);
}

async function onDatabase(
  { environment }: CommandContext,
  check: (database: Database) => Promise<readonly Finding[]>,
): Promise<readonly Finding[]> {
  const { database: url } = environment;
  // SQLite would make the file.
  if (url.startsWith('sqlite:') && !existsSync(url.slice('sqlite:'.length))) {
    return [warning('there is no database yet', 'The first `palestra serve` or `palestra migrate` makes it.')];
  }
  const database = await openDatabase({ url });
  try {
    return await check(database);
  } finally {
    await database.close();
  }
}

async function checkDatabase(database: Database): Promise<readonly Finding[]> {
  const { product, version, cluster } = database.dialect;
  if (!(await database.ping())) {
    return [failure('it does not answer', 'Look whether it runs, and whether DATABASE_URL names it.')];
  }
  const settings = database.warnings.map((text) => warning(text, 'Change it in the configuration of the database.'));
  return [ok(`${product} ${version}${cluster ? ', Galera' : ''}`), ...settings];
}

async function checkMigrations(database: Database, context: CommandContext): Promise<readonly Finding[]> {
  const pending = await migrate(database, hostOf(context).migrations(), { plan: true });
  if (pending.length === 0) return [ok('none pending')];
  const names = pending.map(({ plugin, name }) => `${plugin}/${name}`).join(', ');
  return [warning(`${pending.length} pending (${names})`, 'Run `palestra migrate`; the next start does it too.')];
}

async function checkTriggers(database: Database): Promise<readonly Finding[]> {
  if (!(await database.knex.schema.hasTable('audit_entry'))) return [ok('not begun yet')];
  const missing = await missingTriggers(database);
  if (missing.length === 0) return [ok('append-only')];
  return [
    warning(
      `the database has no trigger ${missing.join(', ')}`,
      'Start the server once as a user who may make triggers, or grant it only SELECT and INSERT on these tables.',
    ),
  ];
}

async function checkClock(database: Database): Promise<readonly Finding[]> {
  if (database.dialect.name === 'sqlite') return [ok('the same as of the database')];
  const before = Date.now();
  const [row] = await database.knex.select({ now: database.knex.raw('unix_timestamp(now(3)) * 1000') });
  const skew = Math.round(Number(row?.now) - (before + Date.now()) / 2);
  if (Math.abs(skew) <= mostSkewMs) return [ok(`${skew} ms from the database's`)];
  return [failure(`${skew} ms from the database's`, 'Let both machines follow the same time server (NTP).')];
}

async function checkKeyFiles({ environment }: CommandContext): Promise<readonly Finding[]> {
  const folder = resolve(environment.keysDir);
  if (!existsSync(folder)) return [warning(`there is no folder ${folder} yet`, 'The first start makes it.')];
  const findings = [...(await checkMode(folder, 0o700)), ...sharing(environment.database, folder)];
  for (const file of (await readdir(folder)).filter((name) => name.endsWith('.json'))) {
    findings.push(...(await checkMode(join(folder, file), 0o600)));
    await read(join(folder, file));
  }
  return findings.length === 0 ? [ok(folder)] : findings;
}

async function checkMode(path: string, most: number): Promise<Finding[]> {
  const mode = (await stat(path)).mode & 0o777;
  if ((mode & ~most) === 0) return [];
  const said = `${path} is open to others (${mode.toString(8)})`;
  return [failure(said, `chmod ${most.toString(8)} ${path}, and rotate the keys if anybody may have read them.`)];
}

function sharing(database: string, folder: string): Finding[] {
  if (database.startsWith('sqlite:') || process.env.PALESTRA_KEYS_DIR) return [];
  const said = `${folder} belongs to this instance alone`;
  return [warning(said, 'If several instances serve this database, give all of them one PALESTRA_KEYS_DIR.')];
}

async function checkRecordedKeys(database: Database, { environment }: CommandContext): Promise<readonly Finding[]> {
  if (!(await database.knex.schema.hasTable('active_key'))) return [ok('none recorded yet')];
  const rows: { purpose: string; kid: string }[] = await database.knex('active_key').select('purpose', 'kid');
  const findings: Finding[] = [];
  for (const { purpose, kid } of rows) {
    const set = await read(join(resolve(environment.keysDir), `${purpose}.json`));
    const kids = set ? [set.active, ...(set.next ? [set.next] : []), ...set.retired].map((key) => key.kid) : [];
    if (!kids.includes(kid)) {
      findings.push(
        failure(
          `the key for ${purpose} that the database was served with (${kid}) is not in ${environment.keysDir}`,
          'Give this instance the folder of the others (PALESTRA_KEYS_DIR), or the one from before.',
        ),
      );
    }
  }
  return findings.length === 0 ? [ok(`the ${rows.length} that the database was served with`)] : findings;
}
