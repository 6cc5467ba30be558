/** `src/migrations.ts`: read as data, and written to by appending; what others have run is never changed. */
import type { Migration } from '@palestra/core';
import ts from 'typescript';
import type { ResourceFacts } from '../plugin/resource.js';
import { literal } from './literal.js';
import { nextMigrations } from './next-migrations.js';

/** Where there is no file yet. */
export const emptyMigrations: string = `/** The tables of this plugin. */
import type { Migration } from '@palestra/core';

export const migrations: readonly Migration[] = [];
`;

/** The file as it should be. @throws Error naming the file, and what to write by hand */
export async function migrationsFile(
  path: string,
  text: string,
  resources: Readonly<Record<string, ResourceFacts>>,
): Promise<string> {
  const end = endOfList(path, text);
  const migrations = await readMigrations(path, text);
  try {
    const added = nextMigrations(resources, migrations).map((migration) => `  ${literal(migration, 1)},\n`);
    if (added.length === 0) return text;
    const before = text.slice(0, end).trimEnd();
    return `${before}${/[[,]$/.test(before) ? '' : ','}\n${added.join('')}${text.slice(end)}`;
  } catch (cause) {
    const { message, cause: first } = cause as Error;
    const hint = `If no database has the tables yet, delete ${path} and run the command again.`;
    throw new Error(`${path}: ${message}\n${hint}`, { cause: first });
  }
}

/** Where the list named `migrations` closes. */
function endOfList(path: string, text: string): number {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest);
  for (const statement of source.statements) {
    if (!ts.isVariableStatement(statement)) continue;
    for (const { name, initializer } of statement.declarationList.declarations) {
      const isList = initializer && ts.isArrayLiteralExpression(initializer);
      if (isList && ts.isIdentifier(name) && name.text === 'migrations') return initializer.getEnd() - 1;
    }
  }
  throw new Error(`${path} has no list named migrations: export const migrations: readonly Migration[] = [];`);
}

async function readMigrations(path: string, text: string): Promise<readonly Migration[]> {
  const options = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, verbatimModuleSyntax: true };
  const { outputText } = ts.transpileModule(text, { compilerOptions: options });
  try {
    const module = await import(`data:text/javascript,${encodeURIComponent(outputText)}`);
    return (module as { readonly migrations: readonly Migration[] }).migrations;
  } catch (cause) {
    throw new Error(`${path} must be data alone, without imports but of types: ${(cause as Error).message}`, { cause });
  }
}
