/**
 * `npm run size`: how many packages a server with every built-in plugin installs, how much they take on disk, and which
 * take most. What is compiled here, such as better-sqlite3 where it has no prebuilt binary, is counted as it is here.
 */
import { existsSync, lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { neededPackages } from './needed-packages.mjs';
import { root } from './set-up.mjs';

const shown = 12;
const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
const needed = [...neededPackages(packages, ['packages/server', 'packages/plugins'])];
// Those for other platforms are in the lock file, and not here.
const others = needed.filter((path) => path.includes('node_modules/') && !packages[path].link && isHere(path));
const sizes = others.map((path) => ({ path, bytes: sizeOf(join(root, path)) })).sort((a, b) => b.bytes - a.bytes);
const total = sizes.reduce((sum, { bytes }) => sum + bytes, 0);

console.log(`${sizes.length} packages, ${megabytes(total)} MB`);
for (const { path, bytes } of sizes.slice(0, shown)) console.log(`${megabytes(bytes).padStart(7)} MB  ${path}`);

function isHere(path) {
  return existsSync(join(root, path));
}

/** Of its files; packages inside it are packages of their own. */
function sizeOf(path) {
  const stat = lstatSync(path);
  if (!stat.isDirectory()) return stat.size;
  const names = readdirSync(path).filter((name) => name !== 'node_modules');
  return names.reduce((sum, name) => sum + sizeOf(join(path, name)), 0);
}

function megabytes(bytes) {
  return (bytes / 1e6).toFixed(1);
}
