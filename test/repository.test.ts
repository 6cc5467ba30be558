/** What holds for every package and every file of this repository. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { expect } from 'chai';
import satisfies from 'semver/functions/satisfies.js';
import { manifestOf, packages, repository } from '../scripts/workspace.js';

const read = (path: string): string => readFileSync(join(repository, path), 'utf8');
const json = (path: string): Record<string, unknown> => JSON.parse(read(path));

describe('packages', () => {
  const version = json('lerna.json').version;

  it('are all built by the root project, in one graph', () => {
    const references = json('tsconfig.json').references as { path: string }[];
    const folders = new Set(references.map(({ path }) => path.replace('/tsconfig.cjs.json', '')));
    expect([...folders].sort()).to.deep.equal(packages(repository).sort());
  });

  for (const folder of packages(repository)) {
    const manifest = manifestOf(repository, folder);

    it(`${folder} has the version of all, also of those it needs`, () => {
      const ours = Object.entries(manifest.dependencies ?? {}).filter(([name]) => name.startsWith('@palestra/'));
      expect(manifest.version).to.equal(version);
      expect(ours.filter(([, wanted]) => wanted !== version)).to.deep.equal([]);
    });

    it(`${folder} says what it is and what it ships`, () => {
      expect(manifest).to.include({ license: 'MIT', type: 'module' });
      expect(manifest.engines).to.deep.equal({ node: '>=20.19' });
      expect(manifest.files).to.include.members(['dist', 'src']);
    });

    it(`${folder} can be published, with its licence, a README, and the place of its source`, () => {
      const { url } = json('package.json').repository as { url: string };
      expect(manifest).not.to.have.property('private');
      expect(manifest.repository).to.deep.equal({ type: 'git', url, directory: folder });
      expect(manifest.publishConfig).to.deep.equal({ access: 'public', provenance: true });
      expect(manifest.description?.length).to.be.greaterThan(40);
      expect(manifest.keywords).to.include('palestra');
      expect(read(`${folder}/LICENSE`)).to.equal(read('LICENSE'));
      expect(read(`${folder}/README.md`)).to.match(new RegExp(`^# ${manifest.name}\n`));
    });

    it(`${folder} exports each entry as source, types and code`, () => {
      const entries = Object.values(manifest.exports ?? {}).filter((entry) => typeof entry === 'object');
      expect(entries).not.to.have.length(0);
      for (const { '@palestra/source': source = '', require: forRequire, import: forImport, ...entry } of entries) {
        const builtTo = (out: string) => {
          const built = source.replace('./src/', out).replace(/\.ts$/, '');
          return { types: `${built}.d.ts`, default: `${built}.js` };
        };
        expect(existsSync(join(repository, folder, source)), source).to.equal(true);
        expect(forImport ?? entry).to.deep.equal(builtTo('./dist/'));
        if (forImport) expect([forRequire, entry]).to.deep.equal([builtTo('./dist/cjs/'), {}]);
      }
    });
  }
});

describe('the lock file', () => {
  const lock = json('package-lock.json').packages as Record<string, LockedPackage>;
  /** As Node resolves it. */
  const lockedFor = (from: string, name: string): LockedPackage | undefined => {
    for (let folder = from || '.'; ; folder = posix.dirname(folder)) {
      const found = lock[posix.join(folder, 'node_modules', name)];
      if (found || folder === '.') return found;
    }
  };

  /** npm leaves out what the registry does not have (yet), and `npm ci` then refuses the file on every machine. */
  it('has every package that another one in it names', () => {
    const missing = Object.entries(lock).flatMap(([path, { dependencies, optionalDependencies }]) =>
      Object.keys({ ...dependencies, ...optionalDependencies })
        .filter((name) => lockedFor(path, name) === undefined)
        .map((name) => `${path || 'the root'} needs ${name}`),
    );
    expect(Object.keys(lock)).to.have.length.above(500);
    expect(missing).to.deep.equal([]);
  });

  /** `npm ci` ends with ERESOLVE otherwise, so that no clone can be installed. */
  it('has for every peer a version that it takes, but for those that are overridden', () => {
    const overridden = new Set(
      Object.values(json('package.json').overrides ?? {}).flatMap((each) => Object.keys(each as object)),
    );
    const wrong = Object.entries(lock).flatMap(([path, { peerDependencies = {} }]) =>
      Object.entries(peerDependencies).flatMap(([name, range]) => {
        const version = lockedFor(path, name)?.version;
        return version === undefined || overridden.has(name) || satisfies(version, range, { includePrerelease: true })
          ? []
          : [`${path} takes ${name} ${range}, not ${version}`];
      }),
    );
    expect(wrong).to.deep.equal([]);
  });
});

interface LockedPackage {
  readonly version?: string;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

describe('tracked files', () => {
  let tracked: string[];
  before(() => {
    const listed = execFileSync('git', ['ls-files', '-z'], { cwd: repository, encoding: 'utf8' });
    tracked = listed.split('\0').filter((path) => path !== '' && existsSync(join(repository, path)));
  });

  it('hold no key, database or environment', () => {
    const secret = /(^|\/)(data|keys)\/.*\.json$|\.(pem|key|p12|jwk|db|sqlite\d?(-\w+)?|env)$|(^|\/)\.env/;
    expect(tracked.filter((path) => secret.test(path))).to.deep.equal([]);
  });

  it('hold no private key in their text', () => {
    const privateKey = /-----BEGIN [A-Z ]*PRIVATE KEY-----\s+[A-Za-z0-9+/]{40}/;
    expect(tracked.filter((path) => privateKey.test(text(path)))).to.deep.equal([]);
  });

  it('hold no test that is switched off: only a missing program skips one, and says so', () => {
    const off = /\b(?:describe|context|it|specify)\.skip\(|\bx(?:describe|context|it|specify)\(/;
    expect(tracked.filter((path) => path.endsWith('.test.ts') && off.test(text(path)))).to.deep.equal([]);
  });

  function text(path: string): string {
    return readFileSync(join(repository, path), 'utf8');
  }
});
