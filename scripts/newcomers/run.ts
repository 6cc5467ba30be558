/**
 * The five newcomers, each in an empty folder with the packed packages and a page: `npm run test:newcomers`, or some of
 * them by name. Third-party packages are those of this clone; with `--registry` they are installed from the registry.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { packAll } from './journey.js';
import { newcomers } from './paths.js';

/** Whether all reached the end of their page. */
async function main(): Promise<boolean> {
  const { values, positionals } = parseArgs({ options: { registry: { type: 'boolean' } }, allowPositionals: true });
  const unknown = positionals.filter((name) => !newcomers.some((each) => each.name === name));
  if (unknown.length > 0)
    throw new Error(`There is no newcomer ${unknown.join()}: ${newcomers.map(({ name }) => name).join()}.`);
  const folder = mkdtempSync(join(tmpdir(), 'palestra-newcomers-'));
  let sound = true;
  try {
    const packed = packAll(values.registry ? 'registry' : 'linked', folder);
    for (const { name, page, walk } of newcomers) {
      if (positionals.length > 0 && !positionals.includes(name)) continue;
      const start = performance.now();
      const failed = await walk(packed).then(
        () => undefined,
        (error: unknown) => error,
      );
      const minutes = ((performance.now() - start) / 60_000).toFixed(1).padStart(5);
      console.log(`${failed === undefined ? '✔' : '✘'} ${name.padEnd(14)} ${minutes} min  ${page}`);
      if (failed !== undefined) console.error(failed instanceof Error ? failed.message : failed);
      sound &&= failed === undefined;
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return sound;
}

process.exitCode = (await main()) ? 0 : 1;
