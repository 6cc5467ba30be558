/** The files that say what the built-in plugins declare in code; made after what the plugins themselves import. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { OpenApiDocument } from '@palestra/core';
import { banner } from '@palestra/server/generate';
import { parse } from 'yaml';
import { errorCodes } from './error-codes.js';
import { errorsPage } from './errors-page.js';
import { operationsPage } from './operations-page.js';
import { reservedNames } from './reserved-names.js';

export function pluginFiles(root: string): Map<string, string> {
  const read = (path: string): string => readFileSync(join(root, path), 'utf8');
  const document = parse(read('openapi.yaml')) as OpenApiDocument;
  const guide = 'docs/operations.md';
  return new Map([
    ['packages/client-sdk/src/generated/error-codes.ts', banner('//', 'the error catalogues') + errorCodes(document)],
    [
      'packages/server/src/cli/reserved-names.generated.ts',
      banner('//', 'the built-in plugins') + reservedNames(document),
    ],
    [guide, operationsPage(read(guide))],
    ['docs/errors.md', errorsPage()],
  ]);
}
