/** Bundles the app into `dist`: the page's modules, and a service worker that knows which files the shell is made of. */
import { createHash } from 'node:crypto';
import { cp, readFile, rm } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type BuildOptions, build } from 'esbuild';
import { filesBelow } from './server/files.js';

export interface AppBuild {
  /** Export conditions, where the packages are to be read from their sources. */
  readonly conditions?: readonly string[];
  readonly outdir?: string;
}

export const dist: string = join(import.meta.dirname, 'dist');

export async function buildApp({ conditions = [], outdir = dist }: AppBuild = {}): Promise<void> {
  const options: BuildOptions = {
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    conditions: [...conditions],
    absWorkingDir: import.meta.dirname,
    outdir,
  };
  await rm(outdir, { recursive: true, force: true });
  await cp(join(import.meta.dirname, 'public'), outdir, { recursive: true });
  await build({ ...options, entryPoints: { app: 'app/main.ts' }, splitting: true, chunkNames: 'part-[hash]' });
  const shell = JSON.stringify(await shellOf(outdir));
  await build({ ...options, entryPoints: { worker: 'worker/main.ts' }, define: { SHELL: shell } });
}

/** The version is a digest of what the files hold: a changed file makes a new worker, which fetches a new shell. */
async function shellOf(folder: string): Promise<{ version: string; files: string[] }> {
  const files = (await filesBelow(folder)).sort();
  const digest = createHash('sha256');
  for (const file of files) digest.update(`${relative(folder, file)}\n`).update(await readFile(file));
  return {
    version: digest.digest('base64url').slice(0, 12),
    files: files.map((file) => `/${relative(folder, file).replaceAll('\\', '/')}`),
  };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await buildApp();
