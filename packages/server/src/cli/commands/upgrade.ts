/** `palestra upgrade --check`: before an upgrade, what would stop it, what it would do, and which clients it would break. */
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { hostVersion, type OpenApiDocument } from '@palestra/core';
import satisfies from 'semver/functions/satisfies.js';
import { type BreakingChange, breakingChanges } from '../../contract/breaking-changes.js';
import { contractionFault } from '../../database/compatibility.js';
import { migrate, type PlannedMigration } from '../../database/migrate.js';
import { runningInstances } from '../../instances/index.js';
import { type Command, type CommandContext, command } from '../command.js';
import { CommandError, UsageError } from '../errors.js';
import { assertFolders } from '../folders.js';
import { hostOf, openDatabaseOf } from '../host.js';

const defaultDocument = 'openapi.yaml';

export const upgrade: Command = command({
  name: 'upgrade',
  summary: 'Report what an upgrade would change and break',
  details:
    'Changes nothing. Exit code 1 if a plugin does not take the host, an instance that runs is in the way of a migration, or a client would break.',
  options: {
    check: { description: 'Required: there is nothing else to do' },
    against: { value: 'FILE_OR_URL', description: `Document to compare with; ${defaultDocument} if it is there` },
    host: { value: 'VERSION', description: 'Version of the host; by default the installed one' },
  },
  json: true,
  async run(context, { check, against, host = hostVersion }) {
    if (!check) throw new UsageError('Call it as palestra upgrade --check.');
    const before = await documentBefore(context, against);
    const blocked = context.file.plugins.filter((plugin) => !satisfies(host, plugin.host));
    if (blocked.length > 0) {
      const report = blocked.map(({ name, version, host: range }) => ({ name, version, host: range }));
      const lines = report.map(
        ({ name, version, host: range }) => `blocked: plugin ${name} ${version} needs a host of ${range}, not ${host}.`,
      );
      context.report({ host, blocked: report }, lines);
      return 1;
    }
    const { migrations, refused } = await plan(context);
    const breaks = before && breakingChanges(before, hostOf(context).openapi());
    context.report({ host, blocked: [], migrations, refused, breaks }, [
      `Every plugin takes a host of ${host}.`,
      ...migrationLines(migrations),
      ...refused.map((reason) => `refused now: ${reason}`),
      ...breakLines(breaks),
    ]);
    return refused.length > 0 || (breaks && breaks.length > 0) ? 1 : 0;
  },
});

interface Plan {
  readonly migrations: readonly PlannedMigration[];
  /** Why steps would be refused beside the instances that run now. */
  readonly refused: readonly string[];
}

async function plan(context: CommandContext): Promise<Plan> {
  assertFolders(context.environment);
  const database = await openDatabaseOf(context);
  try {
    const sets = hostOf(context).migrations();
    const migrations = await migrate(database, sets, { plan: true });
    const running = await runningInstances(database, Date.now());
    const refused = sets.flatMap((set) =>
      set.migrations
        .filter(({ name }) => migrations.some((step) => step.plugin === set.plugin && step.name === name))
        .flatMap((migration) => contractionFault(set, migration, running) ?? []),
    );
    return { migrations, refused };
  } finally {
    await database.close();
  }
}

function migrationLines(steps: readonly PlannedMigration[]): string[] {
  if (steps.length === 0) return ['The database is up to date.'];
  return steps.flatMap(({ plugin, name, sql, compatibleSince }) => [
    `would run ${plugin}/${name}${besides(plugin, compatibleSince)}`,
    ...sql.map((text) => `  ${text.replaceAll('\n', '\n  ')};`),
  ]);
}

/** Whom it may run beside, where that is not everybody. */
function besides(plugin: string, since: string | undefined): string {
  if (since === '0.0.0') return '';
  return since === undefined ? ' (not beside an older version)' : ` (not beside ${plugin} before ${since})`;
}

function breakLines(changes: readonly BreakingChange[] | undefined): string[] {
  if (!changes) return [`Clients were not compared: there is no ${defaultDocument}. Name a document with --against.`];
  if (changes.length === 0) return ['No operation changed in a way that breaks clients.'];
  return changes.map(({ operation, change }) => `breaks clients: ${operation} ${change}`);
}

/** Undefined only where none was named. @throws CommandError for one that cannot be read */
async function documentBefore(
  { folder }: CommandContext,
  place: string | undefined,
): Promise<OpenApiDocument | undefined> {
  if (place !== undefined && /^https?:\/\//.test(place)) return fetchDocument(place);
  const file = resolve(folder, place ?? defaultDocument);
  if (existsSync(file)) {
    const { parse } = await import('yaml');
    return parse(readFileSync(file, 'utf8'));
  }
  if (place === undefined) return undefined;
  throw new CommandError(`${file} does not exist. Name a file or a URL with --against.`);
}

async function fetchDocument(url: string): Promise<OpenApiDocument> {
  const response = await fetch(url, { signal: AbortSignal.timeout(10_000) }).catch((error: Error) => {
    throw new CommandError(`${url} cannot be read: ${error.message}. Check the address given with --against.`);
  });
  if (!response.ok)
    throw new CommandError(`${url} answered ${response.status}. Check the address given with --against.`);
  return (await response.json()) as OpenApiDocument;
}
