/**
 * Which versions of a plugin run on the tables after a migration, so that two versions can serve one database while
 * instances are replaced one after another: first a step that expands (every version runs on it), a release later one
 * that contracts (versions from before do not).
 */
import type { Migration } from '@palestra/core';
import gte from 'semver/functions/gte.js';
import type { MigrationSet } from './migration-set.js';

/** An instance that serves the database. */
export interface RunningInstance {
  /** As operators know it: `host:pid`. */
  readonly name: string;
  readonly plugins: Readonly<Record<string, RunningPlugin>>;
}

export interface RunningPlugin {
  readonly version: string;
  /** How many migrations it knows, in their order. */
  readonly migrations: number;
}

const everyVersion = '0.0.0';

/** The first version of the plugin that runs on the tables after it; undefined where only those do that know it. */
export function compatibleSince(migration: Migration): string | undefined {
  return migration.compatibleSince ?? (expands(migration) ? everyVersion : undefined);
}

/** Adds what a version that does not know it neither reads nor must write. */
function expands(migration: Migration): boolean {
  if ('createIndex' in migration) return !migration.createIndex.index.unique;
  return 'createTable' in migration || 'addColumn' in migration || 'widenColumn' in migration;
}

/** @param since as `compatibleSince` says, or its entry in the ledger */
export function runsBeside(version: string | undefined, since: string | null | undefined): boolean {
  if (since === null || since === undefined) return false;
  return since === everyVersion || (version !== undefined && gte(version, since));
}

/** Why it cannot run beside these instances, with what to do; undefined where it can. */
export function contractionFault(
  { plugin, migrations }: MigrationSet,
  migration: Migration,
  running: readonly RunningInstance[],
): string | undefined {
  const at = migrations.indexOf(migration);
  const since = compatibleSince(migration);
  const names = running.flatMap(({ name, plugins }) => {
    const own = plugins[plugin];
    const inTheWay = own !== undefined && own.migrations <= at && !runsBeside(own.version, since);
    return inTheWay ? [`${name} (${plugin} ${own.version})`] : [];
  });
  if (names.length === 0) return undefined;
  return `Migration ${plugin}/${migration.name} removes or tightens what instances of an older version still use: ${names.join(', ')}. Stop them first; or release a version that no longer uses it before this one, and name it in compatibleSince.`;
}
