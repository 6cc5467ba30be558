/** Management has no tables of its own: accounts are identity's, entries the audit's. */
import type { Migration } from '@palestra/core';

export const migrations: readonly Migration[] = [];
