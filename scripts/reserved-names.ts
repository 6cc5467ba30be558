/** The names that Palestra's own plugins have, for `palestra plugin new` to refuse. */
import { createClient } from '@palestra/client';
import type { Migration, OpenApiDocument } from '@palestra/core';
import { createPalestra } from '@palestra/server';
import { operationsOf } from '@palestra/server/generate';
import { plugins } from '../palestra.config.js';

export function reservedNames(document: OpenApiDocument): string {
  const migrations = createPalestra({ plugins, dataDir: 'never-opened' }).migrations();
  const described = operationsOf(document);
  const names = {
    plugins: migrations.map(({ plugin }) => plugin),
    tables: migrations.flatMap((set) => set.migrations.flatMap(tableOf)),
    schemas: Object.keys(document.components?.schemas ?? {}),
    operations: described.map(({ id }) => id),
    paths: described.flatMap(({ path }) => /^\/api\/\w+(?=\/|$)/.exec(path)?.[0] ?? []),
    clientMembers: Object.keys(createClient({ baseUrl: 'http://localhost' })),
  };
  const lines = Object.entries(names).map(([kind, all]) => {
    const list = [...new Set(all)].sort().map((name) => `    '${name}',`);
    return `  ${kind}: [\n${list.join('\n')}\n  ],`;
  });
  const members = Object.keys(names).map((kind) => `  readonly ${kind}: readonly string[];`);
  return `export const reserved: {\n${members.join('\n')}\n} = {\n${lines.join('\n')}\n};\n`;
}

function tableOf(migration: Migration): string[] {
  return 'createTable' in migration ? [migration.createTable.table] : [];
}
