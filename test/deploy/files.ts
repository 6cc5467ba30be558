/** The files that deploy the server, as the tests read them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import { repository } from '../../scripts/workspace.js';

export function textOf(path: string): string {
  return readFileSync(join(repository, path), 'utf8');
}

/** YAML with merge keys (`<<`), as compose files use them. */
export function yamlOf<Content>(path: string): Content {
  return parse(textOf(path), { merge: true }) as Content;
}

export function yamlDocumentsOf<Content>(path: string): Content[] {
  return parseAllDocuments(textOf(path)).map((document) => document.toJS() as Content);
}

/** The environment variables that the server reads, by the tables of docs/operations.md, which are generated. */
export function serverVariables(): ReadonlySet<string> {
  const rows = textOf('docs/operations.md').matchAll(/^\| `([A-Z_]+)` \|(.*)$/gm);
  return new Set(
    [...rows].flatMap(([, name = '', rest = '']) => (/Secret\./.test(rest) ? [name, `${name}_FILE`] : name)),
  );
}
