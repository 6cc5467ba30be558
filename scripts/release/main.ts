/**
 * `npm run release -- <version> [--out FOLDER] [--skip-tests]`: makes a release candidate from a clean clone. It sets
 * the version everywhere, dates the changelog, builds, tests, packs, and lists what the packages are made of. With
 * `--skip-tests` it does not check types either.
 * Nothing is committed, tagged or published: the last line says what a person does next.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { valid } from 'semver';
import { compile, pack } from '../pack.js';
import { manifestOf, packages, repository } from '../workspace.js';
import { changesOf, releaseChangelog } from './changelog.js';
import { billOfMaterials, componentsOf, licenceTable, otherLicences } from './inventory.js';

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { out: { type: 'string', default: 'artifacts/release' }, 'skip-tests': { type: 'boolean', default: false } },
});
const [version = ''] = positionals;
const out = resolve(values.out);

if (valid(version) !== version || positionals.length !== 1) {
  throw new Error('Usage: npm run release -- 1.2.3 [--out FOLDER] [--skip-tests]');
}
assertClean();

step(`set the version ${version}`, setVersions);
step('date the changelog', () => edit('CHANGELOG.md', (text) => releaseChangelog(text, version, today())));
step('generate', () => run(process.execPath, [...process.execArgv, 'scripts/generate.ts']));
step('build', () => compile(...(values['skip-tests'] ? ['--noCheck'] : [])));
if (!values['skip-tests']) {
  step('test', () => run('npm', ['test']));
  step('mutants', () => run('npm', ['run', 'mutants']));
  step('benchmarks', () => run('npm', ['run', 'bench:check']));
}
mkdirSync(out, { recursive: true });
const names = packages(repository).map((folder) => manifestOf(repository, folder).name ?? folder);
step('pack', () => pack(names, out));
step('list dependencies and licences', writeInventory);
step('publish, dry run', tryToPublish);
writeFileSync(join(out, 'RELEASE_NOTES.md'), `${changesOf(read('CHANGELOG.md'), version)}\n`);
console.log(
  `${version} is ready in ${out}. To release it: commit, tag v${version}, push, and publish from CI with provenance.`,
);

function assertClean(): void {
  const changed = execFileSync('git', ['status', '--porcelain'], { cwd: repository, encoding: 'utf8' }).trim();
  if (changed !== '') throw new Error(`Commit or discard these changes first:\n${changed}`);
}

/** lerna writes the packages, the examples and the lock file; its `version` script the rest (`version.ts`). */
function setVersions(): void {
  run('node_modules/.bin/lerna', ['version', version, '--yes', '--loglevel', 'error']);
}

/** All packages in one command, out of their folders: a tarball each takes three times as long. */
function tryToPublish(): void {
  const packed = names.flatMap((name) => ['--workspace', name]);
  // What their scripts build was built for the tarballs a moment ago.
  const options = ['--ignore-scripts', '--tag', 'next', '--provenance=false', '--loglevel', 'warn'];
  run('npm', ['publish', '--dry-run', ...options, ...packed]);
}

function writeInventory(): void {
  const sbom = billOfMaterials(repository, names);
  const components = componentsOf(sbom);
  writeFileSync(join(out, 'sbom.cdx.json'), sbom);
  writeFileSync(join(out, 'LICENCES.md'), licenceTable(components));
  const others = otherLicences(components).map(({ name, license }) => `${name} (${license})`);
  if (others.length > 0) throw new Error(`Read these licences before you release: ${others.join(', ')}.`);
  console.log(`  ${components.length} packages are installed with these.`);
}

function step<Result>(what: string, action: () => Result): Result {
  console.log(`> ${what}`);
  return action();
}

function run(command: string, args: readonly string[]): void {
  execFileSync(command, args, { cwd: repository, stdio: ['ignore', 'inherit', 'inherit'] });
}

function read(path: string): string {
  return readFileSync(join(repository, path), 'utf8');
}

function edit(path: string, change: (text: string) => string): void {
  writeFileSync(join(repository, path), change(read(path)));
}

function today(): string {
  return new Date().toISOString().slice(0, 10);
}
