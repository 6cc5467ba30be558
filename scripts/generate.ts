/** `npm run generate`: makes types, constants and the composed document; with `--check` only names what is stale. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { generatedFiles } from './generated-files.js';
import { repository } from './workspace.js';

const check = process.argv.includes('--check');

const stale = bringUpToDate(await generatedFiles(repository));
// The plugins import what was written just now, and so are not loaded before.
const { pluginFiles } = await import('./plugin-files.js');
stale.push(...bringUpToDate(pluginFiles(repository)));
if (check && stale.length > 0) {
  console.error('Run `npm run generate` and commit the result.');
  process.exitCode = 1;
}

/** The paths of files that were not as they should be. */
function bringUpToDate(files: Iterable<readonly [path: string, text: string]>): string[] {
  const found = [...files].filter(([path, text]) => textOf(path) !== text);
  for (const [path, text] of found) {
    console.log(`${check ? 'stale' : 'wrote'} ${path}`);
    if (!check) write(join(repository, path), text);
  }
  return found.map(([path]) => path);
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
