/** The migrations of one plugin, or of one part of the host. */
import type { Migration } from '@palestra/core';

export interface MigrationSet {
  readonly plugin: string;
  readonly migrations: readonly Migration[];
}
