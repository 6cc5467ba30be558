/** `npm run generate`: makes types, constants and the composed document; with `--check` only names what is stale. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { generatedFiles } from './generated-files.js';
import { repository } from './workspace.js';

const check = process.argv.includes('--check');

const stale = [...(await generatedFiles(repository))].filter(([path, text]) => textOf(path) !== text);
for (const [path, text] of stale) {
  console.log(`${check ? 'stale' : 'wrote'} ${path}`);
  if (!check) write(join(repository, path), text);
}
if (check && stale.length > 0) {
  console.error('Run `npm run generate` and commit the result.');
  process.exitCode = 1;
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(join(repository, path), 'utf8');
  } catch {
    return undefined;
  }
}

function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}
