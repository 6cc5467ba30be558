/**
 * Programs that tests start as processes, each made one file: Node loads it in a quarter of the time that tsx takes for
 * some seven hundred sources, and a run starts a few hundred of them.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build, type Plugin } from 'esbuild';

const made = new Map<string, Promise<string>>();
let folder: string | undefined;

/** The file to give to `node`, made of the TypeScript at `source` and what it imports of this repository. */
export function programOf(source: URL): Promise<string> {
  const file = fileURLToPath(source);
  const program = made.get(file) ?? bundle(file);
  made.set(file, program);
  return program;
}

async function bundle(source: string): Promise<string> {
  const outfile = join(ownFolder(), `${made.size}-${basename(source, '.ts')}.mjs`);
  await build({
    entryPoints: [source],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: `node${process.versions.node}`,
    conditions: ['@palestra/source'],
    sourcemap: 'inline',
    sourcesContent: false,
    logLevel: 'silent',
    plugins: [outside, inPlace],
  });
  return outfile;
}

/** Packages of others are loaded from where they are installed. */
const outside: Plugin = {
  name: 'outside',
  setup({ onResolve, resolve }) {
    onResolve({ filter: /^[^./]/ }, async ({ path, kind, resolveDir, pluginData }) => {
      if (kind === 'entry-point' || path.startsWith('@palestra/') || pluginData === outside) return undefined;
      if (path.startsWith('node:')) return { path, external: true };
      const found = await resolve(path, { kind, resolveDir, pluginData: outside });
      return found.errors.length > 0 ? found : { path: pathToFileURL(found.path).href, external: true };
    });
  },
};

/** What a source finds beside itself by `import.meta.url`, it finds there still. */
const inPlace: Plugin = {
  name: 'in-place',
  setup({ onLoad }) {
    onLoad({ filter: /\.ts$/ }, ({ path }) => {
      const url = JSON.stringify(pathToFileURL(path).href);
      return { contents: readFileSync(path, 'utf8').replaceAll('import.meta.url', url), loader: 'ts' };
    });
  },
};

function ownFolder(): string {
  if (folder !== undefined) return folder;
  const own = mkdtempSync(join(tmpdir(), 'palestra-programs-'));
  process.once('exit', () => rmSync(own, { recursive: true, force: true }));
  folder = own;
  return own;
}
