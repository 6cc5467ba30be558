/** Makes a clone ready to run, and does only what is not done yet. Plain Node: at the first run there are no packages. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));
const stamp = join(root, 'node_modules/.cache/palestra/build');
/** Reads and checks the sources in a fifth of the time that 6 takes, which generators need for its API. */
export const compiler = join(root, 'node_modules/typescript-7/bin/tsc');
const configuration = ['package-lock.json', 'tsconfig.json', 'tsconfig.base.json'];
const buildScripts = ['scripts/build-packages.mjs', 'scripts/build-client.mjs', 'scripts/build-assets.mjs'];
const builtLast = ['packages/server/dist/cli/main.js', 'packages/server/assets/docs.js'].map((file) =>
  join(root, file),
);

/** What a server needs; tools for developing are installed by the first `npm test`. */
export async function setUp() {
  if (!(await install({ development: false })) || !(await build())) process.exit(1);
}

/** Whether what the lock file names is there now. */
export async function install({ development: demanded = true, start = spawn } = {}) {
  if (isInstalled(demanded)) return true;
  // npm ci removes what it does not install: a developer's packages stay.
  const development = demanded || hasDevelopmentPackages();
  const packages = Object.values(packagesOf('package-lock.json') ?? {});
  const count = packages.filter((each) => (development || !each.dev) && each.integrity).length;
  console.error(
    `Installing ${count} packages, once. Where better-sqlite3 has no prebuilt binary it is compiled: a minute more.`,
  );
  // Said explicitly, so that NODE_ENV=production changes nothing.
  return run(start, 'npm', ['ci', development ? '--include=dev' : '--omit=dev', '--no-audit', '--no-fund']);
}

/** Whether `dist` says what the sources say. */
export async function build({ start = spawn } = {}) {
  const sources = fingerprint();
  if (builtLast.every(existsSync) && existsSync(stamp) && readFileSync(stamp, 'utf8') === sources) return true;
  for (const args of [[compiler, '-b'], ...buildScripts.map((script) => [join(root, script)])]) {
    if (!(await run(start, process.execPath, args))) return false;
  }
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, sources);
  return true;
}

/** npm records what it installed; that record and the lock file must name the same versions. */
function isInstalled(development) {
  const wanted = packagesOf('package-lock.json');
  const found = packagesOf('node_modules/.package-lock.json');
  if (wanted === undefined || found === undefined) return false;
  const same = ([path, { version, integrity }]) => {
    const entry = wanted[path];
    return entry !== undefined && entry.version === version && entry.integrity === integrity;
  };
  const present = ([path, { optional, devOptional, dev }]) =>
    path in found || optional || devOptional || path === '' || (dev && !development);
  return Object.entries(found).every(same) && Object.entries(wanted).every(present);
}

function hasDevelopmentPackages() {
  return Object.values(packagesOf('node_modules/.package-lock.json') ?? {}).some(({ dev }) => dev);
}

function packagesOf(path) {
  const file = join(root, path);
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).packages : undefined;
}

/** Changes when a source or a configuration of the build does: by path, size and time, without reading any. */
function fingerprint() {
  const hash = createHash('sha256').update(process.version);
  for (const file of [...configuration, ...buildScripts, ...filesOf('packages')]) {
    const { size, mtimeMs } = statSync(join(root, file));
    hash.update(`${file} ${size} ${mtimeMs}\n`);
  }
  return hash.digest('hex');
}

function filesOf(folder) {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory())
      return ['node_modules', 'dist', 'assets', 'test'].includes(entry.name) ? [] : filesOf(path);
    return /\.(ts|json|css)$/.test(entry.name) ? [path] : [];
  });
}

const silenceMs = 4_000;

/**
 * What the tools print goes to stderr: stdout belongs to the command that is set up for. A tool that prints nothing for
 * a while is said to be still running.
 */
async function run(start, command, args) {
  const name = command === process.execPath ? 'node' : command;
  console.error(`> ${[name, ...args].join(' ').replaceAll(root, '')}`);
  const began = Date.now();
  const waiting = setInterval(() => {
    console.error(`  still running, ${Math.round((Date.now() - began) / 1000)} s`);
  }, silenceMs);
  try {
    return await new Promise((resolve) => {
      const shell = command === 'npm' && process.platform === 'win32';
      const child = start(command, args, { cwd: root, stdio: ['ignore', 2, 2], shell });
      child.once('exit', (status) => resolve(status === 0));
      child.once('error', (error) => {
        console.error(error.message);
        resolve(false);
      });
    });
  } finally {
    clearInterval(waiting);
  }
}
