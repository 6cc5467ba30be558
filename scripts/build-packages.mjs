/**
 * The code in `dist` of the packages that run on a server: a file for each entry, and chunks of what entries share. A
 * server that loads a dozen files instead of four hundred starts in two thirds of the time. `tsc` writes the types beside.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const packages = fileURLToPath(new URL('../packages', import.meta.url));

/** Entries that no import names: the command, and what `palestra plugin check` loads. */
const unnamedEntries = ['src/cli/main.ts', 'src/conformance.ts'];
/** Written by others: the CommonJS of what apps load. */
const foreign = 'cjs';

const plugins = readdirSync(join(packages, 'plugins')).map((name) => join(packages, 'plugins', name));
await Promise.all([join(packages, 'core'), join(packages, 'server'), ...plugins].map(buildPackage));

async function buildPackage(folder) {
  const outdir = join(folder, 'dist');
  const { outputFiles } = await build({
    absWorkingDir: folder,
    entryPoints: entriesOf(folder),
    outbase: 'src',
    outdir,
    bundle: true,
    // What two entries need is there once: classes and services are the same to the server and to every plugin.
    splitting: true,
    chunkNames: 'chunks/[name]-[hash]',
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    sourcemap: true,
    sourcesContent: false,
    logLevel: 'warning',
    write: false,
  });
  for (const { path, contents } of outputFiles) writeIfChanged(path, contents);
  removeOthers(outdir, new Set(outputFiles.map(({ path }) => path)));
}

function entriesOf(folder) {
  const { exports } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const named = Object.values(exports).flatMap((each) => each['@palestra/source'] ?? []);
  return [...named, ...unnamedEntries.filter((entry) => existsSync(join(folder, entry)))];
}

/** A process that runs from `dist` meanwhile finds every file that did not change. */
function writeIfChanged(path, contents) {
  if (existsSync(path) && readFileSync(path).equals(contents)) return;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, contents);
}

function removeOthers(outdir, kept) {
  for (const file of readdirSync(outdir, { recursive: true })) {
    const path = join(outdir, file);
    if (/\.js(\.map)?$/.test(file) && !kept.has(path) && relative(outdir, path).split(/[\\/]/)[0] !== foreign)
      rmSync(path);
  }
}
