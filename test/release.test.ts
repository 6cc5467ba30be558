/** A release candidate is made by one command, from a clean clone, and nothing of it is published. */
import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { copyClone } from '../scripts/copy-clone.js';
import { changesOf, releaseChangelog } from '../scripts/release/changelog.js';
import { componentsOf, otherLicences } from '../scripts/release/inventory.js';
import { manifestOf, packages, workspaces } from '../scripts/workspace.js';

const run = promisify(execFile);

describe('the changelog of a release', () => {
  const text = '# Changelog\n\n## [Unreleased]\n\n### Added\n- A door.\n\n## [0.1.0] - 2026-01-01\n\n- A house.\n';

  it('moves what is unreleased into a dated section', () => {
    const released = releaseChangelog(text, '0.2.0', '2026-02-03');
    expect(released).to.include('## [Unreleased]\n\n## [0.2.0] - 2026-02-03\n\n### Added\n- A door.\n\n## [0.1.0]');
    expect(changesOf(released, '0.2.0')).to.equal('### Added\n- A door.');
    expect(changesOf(released, '0.1.0')).to.equal('- A house.');
  });

  it('refuses a version that is there already, and a release without changes', () => {
    expect(() => releaseChangelog(text, '0.1.0', '2026-02-03')).to.throw('has a section for 0.1.0 already');
    expect(() => releaseChangelog(text.replace('- A door.\n', ''), '0.2.0', '2026-02-03')).to.throw('lists nothing');
  });
});

describe('the licences of a release', () => {
  const license = (id: string) => [{ license: { id } }];
  const sbom = JSON.stringify({
    components: [
      { name: 'koa', version: '3.2.1', licenses: license('MIT') },
      { group: '@palestra', name: 'core', version: '0.1.0', licenses: license('MIT') },
      { group: '@x', name: 'y', version: '1.0.0', licenses: license('GPL-3.0-only') },
      { name: 'z', version: '1.0.0' },
    ],
  });

  it('are listed by package, and those that are not permissive are named', () => {
    const components = componentsOf(sbom);
    expect(components.map(({ name }) => name)).to.deep.equal(['@x/y', 'koa', 'z']);
    expect(otherLicences(components).map(({ name }) => name)).to.deep.equal(['@x/y', 'z']);
  });
});

describe('npm run release', function () {
  this.timeout(240_000);
  let copy: string;
  let out: string;

  before(async () => {
    copy = mkdtempSync(join(tmpdir(), 'palestra-release-'));
    out = join(copy, 'artifacts/release');
    copyRepository(copy);
    // What this run has built says nothing of the copy.
    const { TEST_RUN_FOLDER: _, ...env } = process.env;
    await run('npm', ['run', 'release', '--silent', '--', '9.8.7', '--skip-tests'], { cwd: copy, env, maxBuffer: 1e8 });
  });
  after(() => rmSync(copy, { recursive: true, force: true }));

  it('sets the version of every package and example, and of what they need of each other', () => {
    for (const folder of workspaces(copy).filter((each) => manifestOf(copy, each).name)) {
      const { version, dependencies = {}, peerDependencies = {} } = manifestOf(copy, folder);
      const ours = Object.entries({ ...dependencies, ...peerDependencies }).filter(([name]) =>
        name.startsWith('@palestra/'),
      );
      expect(version, folder).to.equal('9.8.7');
      for (const [name, range] of ours) expect(range, `${folder} needs ${name}`).to.equal('9.8.7');
    }
    expect(manifestOf(copy, '.').version).to.equal('9.8.7');
    const lock = JSON.parse(readFileSync(join(copy, 'package-lock.json'), 'utf8'));
    expect(lock.version).to.equal('9.8.7');
    expect(lock.packages['packages/core'].version).to.equal('9.8.7');
  });

  it('packs every package, with its licence, README, sources for the maps, and code that knows its version', () => {
    for (const folder of packages(copy)) {
      const { name = '' } = manifestOf(copy, folder);
      const unpacked = join(copy, 'artifacts/unpacked', name);
      mkdirSync(unpacked, { recursive: true });
      execFileSync('tar', ['-xzf', join(out, `${name.replace('@', '').replace('/', '-')}-9.8.7.tgz`), '-C', unpacked]);
      const text = (file: string) => readFileSync(join(unpacked, file), 'utf8');
      const files = readdirSync(unpacked, { recursive: true, encoding: 'utf8' });
      expect(files, name).to.include.members(['package/LICENSE', 'package/README.md', 'package/package.json']);
      if (existsSync(join(copy, folder, 'src/version.generated.ts'))) {
        const code = files.filter((file) => /^package\/dist\/.*\.js$/.test(file)).map(text);
        const knows = code.some((each) => /\bversion\d* = "9\.8\.7"/.test(each));
        expect(knows, `the code of ${name} knows its version`).to.equal(true);
      }
      const maps = files.filter((file) => file.endsWith('.js.map'));
      const sources = maps.flatMap((map) =>
        JSON.parse(text(map)).sources.map((each: string) => join(dirname(map), each)),
      );
      expect(files, name).to.include.members(sources);
      expect(sources, name).not.to.deep.equal([]);
    }
  });

  it('lists dependencies and licences, and dates the changelog', () => {
    expect(readdirSync(out)).to.include.members(['sbom.cdx.json', 'LICENCES.md', 'RELEASE_NOTES.md']);
    expect(componentsOf(readFileSync(join(out, 'sbom.cdx.json'), 'utf8')).length).to.be.greaterThan(50);
    expect(readFileSync(join(copy, 'CHANGELOG.md'), 'utf8')).to.match(/## \[9\.8\.7\] - \d{4}-\d\d-\d\d/);
  });

  it('refuses a clone with changes, and a version that is none', async () => {
    const { scripts } = JSON.parse(readFileSync(join(copy, 'package.json'), 'utf8'));
    const [program, ...words] = scripts.release.split(' ');
    const release = (version: string) => run(program, [...words, version], { cwd: copy }).catch((error) => error);
    expect((await release('9.8.8')).stderr).to.include('Commit or discard these changes first');
    expect((await release('v1')).stderr).to.include('Usage: npm run release');
  });
});

/** The files of this working tree as a separate repository, with what is installed and built here. */
function copyRepository(target: string): void {
  copyClone(target);
  const git = (...args: readonly string[]) => execFileSync('git', args, { cwd: target });
  git('init', '--quiet', '--initial-branch', 'main');
  writeFileSync(join(target, '.git/info/exclude'), 'node_modules\n');
  git('add', '--all');
  const author = ['-c', 'user.name=Palestra', '-c', 'user.email=palestra@example.org'];
  git(...author, 'commit', '--quiet', '--message', 'A clone');
}
