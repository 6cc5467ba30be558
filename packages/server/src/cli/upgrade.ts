/** `palestra upgrade --check`: before an upgrade, what would stop it, what it would do, and whom it would break. */
import { existsSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { hostVersion, type OpenApiDocument } from '@palestra/core';
import { satisfies } from 'semver';
import { parse } from 'yaml';
import { type BreakingChange, breakingChanges } from '../contract/breaking-changes.js';
import { migrate, openDatabase } from '../database/index.js';
import { type Command, type CommandContext, hostOf, UsageError } from './command.js';

const usage = 'Call it as palestra upgrade --check [--against FILE_OR_URL] [--host VERSION]';

export const upgradeCommand: Command = {
  usage: 'upgrade --check [--against FILE]',
  summary: 'Say what stands in the way of an upgrade, and whom it breaks',
  async run(context) {
    const { check, against = 'openapi.yaml', host = hostVersion } = options(context.args);
    if (!check) throw new UsageError(usage);
    const blocked = reportHosts(context, host);
    if (blocked) return 1;
    await reportMigrations(context);
    const before = await documentAt(against);
    if (!before) {
      context.print(`No document to compare with: give one by --against, a file or a URL (${against} is not there).`);
      return 0;
    }
    return reportChanges(context, breakingChanges(before, hostOf(context).openapi())) ? 1 : 0;
  },
};

function options(args: readonly string[]): { check?: boolean; against?: string; host?: string } {
  try {
    return parseArgs({
      args: [...args],
      options: { check: { type: 'boolean' }, against: { type: 'string' }, host: { type: 'string' } },
    }).values;
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\n${usage}`);
  }
}

/** All of them, where a boot would name the first. */
function reportHosts({ file, print }: CommandContext, version: string): boolean {
  const blocking = file.plugins.filter(({ host }) => !satisfies(version, host));
  for (const { name, version: own, host } of blocking) {
    print(`blocked: plugin ${name} ${own} needs a host of ${host}, not ${version}.`);
  }
  if (blocking.length === 0) print(`Every plugin takes a host of ${version}.`);
  return blocking.length > 0;
}

async function reportMigrations(context: CommandContext): Promise<void> {
  const database = await openDatabase({ url: context.environment.database });
  try {
    const steps = await migrate(database, hostOf(context).migrations(), { plan: true });
    for (const { plugin, name, sql } of steps) {
      context.print(`would run ${plugin}/${name}`);
      for (const text of sql) context.print(`  ${text.replaceAll('\n', '\n  ')};`);
    }
    if (steps.length === 0) context.print('The database is up to date.');
  } finally {
    await database.close();
  }
}

async function documentAt(place: string): Promise<OpenApiDocument | undefined> {
  if (/^https?:\/\//.test(place)) {
    const response = await fetch(place, { signal: AbortSignal.timeout(10_000) });
    if (!response.ok) throw new Error(`${place} answered ${response.status}.`);
    return (await response.json()) as OpenApiDocument;
  }
  return existsSync(place) ? (parse(readFileSync(place, 'utf8')) as OpenApiDocument) : undefined;
}

function reportChanges({ print }: CommandContext, changes: readonly BreakingChange[]): boolean {
  for (const { operation, change } of changes) print(`breaks clients: ${operation} ${change}`);
  if (changes.length === 0) print('No operation changed so that clients break.');
  return changes.length > 0;
}
