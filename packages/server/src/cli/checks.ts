/** What `palestra doctor` checks. Nothing here changes anything, so it can run beside a server or before its first start. */
import { existsSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import satisfies from 'semver/functions/satisfies.js';
import { missingTriggers } from '../audit/protection.js';
import { migrate } from '../database/migrate.js';
import type { DatabaseHost } from '../database/mysql-hosts.js';
import { partialServer } from '../database/partial-mysql.js';
import type { Database } from '../database/types.js';
import { read } from '../keys/key-file.js';
import type { CommandContext } from './command.js';
import { type Environment, hostVariables, unknownVariables } from './environment.js';
import { explain } from './explain.js';
import { folderAdvice, folderFaults } from './folders.js';
import { hostOf, openDatabaseOf } from './host.js';

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
/** Beyond this difference of clocks, tokens and rate limits of several instances disagree. */
const mostSkewMs = 2_000;

export const checks: readonly Check[] = [
  { name: 'Node', run: async () => [checkNode(process.versions.node)] },
  { name: 'settings', run: async (context) => checkSettings(context) },
  { name: 'folders', run: async (context) => checkFolders(context) },
  { name: 'keys', run: checkKeyFiles },
];

/** Made only where the database answers: it is what each of them reads. */
export const databaseChecks: readonly DatabaseCheck[] = [
  { name: 'migrations', run: checkMigrations },
  { name: 'audit', run: checkTriggers },
  { name: 'clock', run: checkClock },
  { name: 'keys in use', run: checkRecordedKeys },
  { name: 'backups', run: checkBackups },
];

export interface DatabaseCheck {
  readonly name: string;
  run(database: Database, context: CommandContext): Promise<readonly Finding[]>;
}

function checkNode(version: string): Finding {
  if (satisfies(version, nodeRange)) return ok(version);
  return failure(`${version} is too old`, `Install Node ${nodeRange}.`);
}

function checkSettings(context: CommandContext): readonly Finding[] {
  const variables = [...Object.values(hostVariables), ...hostOf(context).variables()];
  const unknown = unknownVariables(context.environment.all, variables);
  if (unknown.length === 0) return [ok('each can be used')];
  return unknown.map((text) => warning(text, 'Correct the name, or unset it.'));
}

function checkFolders({ environment }: CommandContext): readonly Finding[] {
  const faults = folderFaults(environment);
  if (faults.length === 0) return [ok(resolve(environment.dataDir))];
  return faults.map((fault) => failure(`${fault.path} ${fault.fault}`, folderAdvice(fault)));
}

/** The findings about the database itself, and the database where the others can be made. */
export async function reachDatabase(
  context: CommandContext,
): Promise<{ readonly findings: readonly Finding[]; readonly database?: Database }> {
  const { database: url } = context.environment;
  // SQLite would make the file.
  if (url.startsWith('sqlite:') && !existsSync(url.slice('sqlite:'.length))) {
    const text = 'there is no database yet';
    return { findings: [warning(text, 'The first `palestra serve` or `palestra migrate` creates it.')] };
  }
  try {
    const database = await openDatabaseOf(context);
    return { findings: aboutDatabase(database), database };
  } catch (error) {
    return { findings: [failure('it cannot be used', explain(error, context.environment))] };
  }
}

function aboutDatabase({ dialect, warnings, hosts }: Database): readonly Finding[] {
  const { product, version, cluster } = dialect;
  const settings = warnings.map((text) => warning(text, 'Change it in the configuration of the database.'));
  const partial = partialServer(version);
  const found = partial
    ? warning(
        `${partial.product} (${version}) was not tested, and does not have ${partial.lacks.join('; ')}`,
        'Change those settings, and read "Distributed databases" in docs/scaling.md.',
      )
    : ok(`${product} ${version}${cluster ? ', Galera' : ''}`);
  return [found, ...aboutHosts(hosts().list), ...settings];
}

function aboutHosts(hosts: readonly DatabaseHost[]): readonly Finding[] {
  if (hosts.length < 2) return [];
  return hosts.map(({ name, inUse, fault }) => {
    if (inUse) return ok(`${name} is in use`);
    if (fault === undefined) return ok(`${name} can be used`);
    return warning(`${name} cannot be used: ${fault}`, 'Repair that server, or take it out of DATABASE_URL.');
  });
}

async function checkMigrations(database: Database, context: CommandContext): Promise<readonly Finding[]> {
  const pending = await migrate(database, hostOf(context).migrations(), { plan: true });
  if (pending.length === 0) return [ok('none pending')];
  const names = pending.map(({ plugin, name }) => `${plugin}/${name}`).join(', ');
  return [
    warning(`${pending.length} pending (${names})`, 'Run `palestra migrate`, or start the server, which does it too.'),
  ];
}

async function checkTriggers(database: Database): Promise<readonly Finding[]> {
  if (!(await database.knex.schema.hasTable(database.tableName('audit_entry')))) return [ok('there is none yet')];
  const missing = await missingTriggers(database);
  if (missing.length === 0) return [ok('append-only')];
  return [
    warning(
      `the database has no trigger ${missing.join(', ')}`,
      'Start the server once as a database user that may create triggers, or grant it only SELECT and INSERT on these tables.',
    ),
  ];
}

async function checkClock(database: Database): Promise<readonly Finding[]> {
  if (database.dialect.name === 'sqlite') return [ok('the database has the same one')];
  const before = Date.now();
  const [row] = await database.knex.select({ now: database.knex.raw('unix_timestamp(now(3)) * 1000') });
  const skew = Math.round(Number(row?.now) - (before + Date.now()) / 2);
  if (Math.abs(skew) <= mostSkewMs) return [ok(`${skew} ms from the database's`)];
  return [failure(`${skew} ms from the database's`, 'Let both machines follow the same time server (NTP).')];
}

async function checkKeyFiles({ environment }: CommandContext): Promise<readonly Finding[]> {
  const folder = resolve(environment.keysDir);
  if (!existsSync(folder)) return [warning(`there is no folder ${folder} yet`, 'The first start creates it.')];
  const findings = [...(await checkMode(folder, 0o700)), ...sharing(environment, folder)];
  for (const file of (await readdir(folder)).filter((name) => name.endsWith('.json'))) {
    findings.push(...(await checkMode(join(folder, file), 0o600)));
    await read(join(folder, file));
  }
  return findings.length === 0 ? [ok(folder)] : findings;
}

async function checkMode(path: string, most: number): Promise<Finding[]> {
  const mode = (await stat(path)).mode & 0o777;
  if ((mode & ~most) === 0) return [];
  const text = `${path} is open to others (${mode.toString(8)})`;
  return [failure(text, `chmod ${most.toString(8)} ${path}, and rotate the keys if somebody may have read them.`)];
}

function sharing(environment: Environment, folder: string): Finding[] {
  if (environment.database.startsWith('sqlite:') || environment.all.PALESTRA_KEYS_DIR) return [];
  const text = `${folder} belongs to this instance alone`;
  return [warning(text, 'If several instances serve this database, give all of them the same PALESTRA_KEYS_DIR.')];
}

async function checkRecordedKeys(database: Database, { environment }: CommandContext): Promise<readonly Finding[]> {
  if (!(await database.knex.schema.hasTable(database.tableName('active_key')))) return [ok('none recorded yet')];
  const rows: { purpose: string; kid: string }[] = await database.knex('active_key').select('purpose', 'kid');
  const findings: Finding[] = [];
  for (const { purpose, kid } of rows) {
    const set = await read(join(resolve(environment.keysDir), `${purpose}.json`));
    const kids = set ? [set.active, ...(set.next ? [set.next] : []), ...set.retired].map((key) => key.kid) : [];
    if (!kids.includes(kid)) {
      findings.push(
        failure(
          `the key for ${purpose} that the database was served with (${kid}) is not in ${environment.keysDir}`,
          'Set PALESTRA_KEYS_DIR to the folder of the other instances, or put back the keys from before.',
        ),
      );
    }
  }
  return findings.length === 0 ? [ok(`the ${rows.length} that the database was served with`)] : findings;
}

/** As the alert PalestraBackupOld counts. */
const oldestBackupMs = 2 * 86_400_000;

async function checkBackups(database: Database, { environment }: CommandContext): Promise<readonly Finding[]> {
  if (!(await database.knex.schema.hasTable(database.tableName('backup_state')))) return [ok('none yet')];
  const row: { at: number } | undefined = await database
    .knex('backup_state')
    .select('at')
    .where({ name: 'made' })
    .first();
  if (!row) {
    const { PALESTRA_BACKUP_SCHEDULE: schedule } = environment.all;
    const next = schedule
      ? `the server makes them at ${schedule}`
      : 'with PALESTRA_BACKUP_SCHEDULE the server makes them';
    return [ok(`none yet; ${next}`)];
  }
  const text = `the last good one was made at ${new Date(Number(row.at)).toISOString()}`;
  if (Date.now() - Number(row.at) < oldestBackupMs) return [ok(text)];
  return [warning(text, 'Make one by `palestra backup FILE`, and let the server make them: PALESTRA_BACKUP_SCHEDULE.')];
}
