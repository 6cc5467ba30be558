/** The migrations of one plugin, or of one part of the host. */
import type { Migration } from '@palestra/core';

export interface MigrationSet {
  readonly plugin: string;
  /** Of the plugin; without one, only migrations that every version runs on are compatible with it. */
  readonly version?: string;
  readonly migrations: readonly Migration[];
}

interface Migrated {
  readonly name: string;
  readonly version: string;
  readonly migrations?: readonly Migration[] | undefined;
}

export function migrationSetsOf(plugins: readonly Migrated[]): MigrationSet[] {
  return plugins.map(({ name, version, migrations = [] }) => ({ plugin: name, version, migrations }));
}
