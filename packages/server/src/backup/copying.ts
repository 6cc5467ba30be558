/** How the data of one kind of database is copied into a backup, and prepared and switched over in a restore. */
import type { Readable } from 'node:stream';
import type { MigrationSet } from '../database/migration-set.js';
import type { Database } from '../database/types.js';
import type { Manifest } from './manifest.js';
import type { SortedRules } from './rules.js';
import type { Table } from './tables.js';

export interface StageOptions {
  readonly database: Database;
  readonly manifest: Manifest;
  /** Each call reads the payload again, from its beginning. */
  readonly payload: () => Readable;
  /** For what is needed until the switch. */
  readonly folder: string;
  readonly sets: readonly MigrationSet[];
  readonly tables: ReadonlyMap<string, Table>;
  readonly rules: SortedRules;
  readonly prefixes: Prefixes;
}

/** With what the names of tables begin. */
export interface Prefixes {
  readonly running: string;
  /** In the file that is prepared for a restore. */
  readonly staged: string;
}

/** A row of `restoration`: written into the restored data, so that its being there proves the switch. */
export interface Restoration {
  readonly id: string;
  readonly created_at: string;
  readonly restored_at: number;
}

export interface Staged {
  /** Changes the running database as a whole or not at all. Nothing else may use it meanwhile. */
  switchOver(restoration: Restoration): Promise<void>;
  /** Leaves nothing behind, whether or not there was a switch. */
  discard(): Promise<void>;
}

/** How one kind of database is copied and restored. */
export interface Copying {
  /** Writes what our tables hold at one moment to `target`; the rows by table, as migrations name it. */
  dump(
    database: Database,
    target: string,
    options: Pick<StageOptions, 'tables' | 'sets'>,
  ): Promise<Record<string, number>>;
  /** @throws PalestraError `backup_damaged`, `backup_incompatible` */
  stage(options: StageOptions): Promise<Staged>;
}

/** A table of which the two count different rows. */
export function differingTable(
  expected: Readonly<Record<string, number>>,
  found: Readonly<Record<string, number>>,
): string | undefined {
  const names = new Set([...Object.keys(expected), ...Object.keys(found)]);
  return [...names].find((name) => expected[name] !== found[name]);
}
