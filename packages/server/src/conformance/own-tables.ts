/** The tables that a plugin's migrations create. */
import type { Migration } from '@palestra/core';

export function ownTables(migrations: readonly Migration[]): Set<string> {
  return new Set(
    migrations.flatMap((migration) => {
      if ('createTable' in migration) return [migration.createTable.table];
      if (!('statement' in migration)) return [];
      const created = /create\s+table\s+(?:if\s+not\s+exists\s+)?[`"]?([a-z_][a-z0-9_]*)/gi;
      return [...migration.statement.sqlite.matchAll(created)].map((match) => match[1] ?? '');
    }),
  );
}
