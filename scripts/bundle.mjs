/**
 * `npm run bundle -- FOLDER`: a folder that serves without this clone. It holds the production packages, the built code
 * and `palestra.config.js`; `node FOLDER/packages/server/bin/palestra.mjs serve` runs it. `--code` installs nothing.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build, install, root } from './set-up.mjs';

const { values, positionals } = parseArgs({ options: { code: { type: 'boolean' } }, allowPositionals: true });
const [target] = positionals;
if (target === undefined || positionals.length > 1) fail('Usage: npm run bundle -- FOLDER');
const folder = resolve(target);
if (existsSync(folder) && readdirSync(folder).length > 0) fail(`${folder} is not empty.`);

// The image installs in layers of its own.
if (!((values.code || (await install())) && (await build()))) process.exit(1);
copyCode();
if (!values.code) installPackages();

function copyCode() {
  for (const file of ['package.json', 'package-lock.json', 'palestra.config.js', 'LICENSE']) copy(file);
  const plugins = readdirSync(join(root, 'packages/plugins')).map((name) => `packages/plugins/${name}`);
  for (const workspace of ['packages/core', 'packages/server', ...plugins]) {
    for (const part of ['package.json', 'bin', 'assets', 'dist']) {
      if (existsSync(join(root, workspace, part))) copy(`${workspace}/${part}`);
    }
  }
}

/** Types and source maps are for developers. */
function copy(path) {
  const filter = (source) => !/\.(d\.ts|map)$/.test(source);
  mkdirSync(folder, { recursive: true });
  cpSync(join(root, path), join(folder, path), { recursive: true, filter });
}

function installPackages() {
  const script = fileURLToPath(new URL('install-production.mjs', import.meta.url));
  const { status } = spawnSync(process.execPath, [script], { cwd: folder, stdio: 'inherit' });
  if (status !== 0) process.exit(1);
}

function fail(message) {
  console.error(message);
  process.exit(2);
}
