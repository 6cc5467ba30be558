/** The template of `palestra plugin new` is a plugin: it compiles and passes its own tests as it is. */
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { compile } from '../../../../scripts/pack.js';
import { compiler } from '../../../../scripts/set-up.mjs';
import { type PluginNames, pluginNames } from '../../src/cli/plugin-names.js';
import { pluginFiles, sample } from '../../src/cli/plugin-template.js';

const folder = fileURLToPath(new URL('../../template', import.meta.url));
const run = promisify(execFile);

async function ends(...args: string[]): Promise<string> {
  // Without what mocha's own process was told about tests.
  const { NODE_OPTIONS: _, NODE_TEST_CONTEXT: __, ...env } = process.env;
  return run(process.execPath, args, { cwd: folder, env }).then(
    () => '',
    ({ stdout, stderr }) => `${stdout}${stderr}`,
  );
}

describe('the template of a plugin', () => {
  let compiled: string;
  before(async function () {
    this.timeout(60_000);
    compile('packages/server', 'packages/client-sdk');
    compiled = await ends(compiler, '-p', '.');
  });
  after(() => rm(`${folder}/dist`, { recursive: true, force: true }));

  it('compiles by its own settings', () => {
    expect(compiled).to.equal('');
  });

  it('passes its own tests', async () => {
    expect(await ends('--test', 'dist/sample-plugin.test.js')).to.equal('');
  }).timeout(90_000);

  const names: PluginNames = {
    plugin: 'towel-rental',
    constant: 'towelRental',
    resource: 'BathTowel',
    plural: 'BathTowels',
    variable: 'bathTowel',
    snake: 'bath_towel',
  };

  it('takes other names, in every file and in the names of files', () => {
    expect(pluginNames('towel-rental', 'BathTowel')).to.deep.equal(names);
    const files = pluginFiles({ names, version: '1.2.3' });
    expect([...files.keys()].sort()).to.deep.equal([
      '.gitignore',
      'README.md',
      'openapi.yaml',
      'package.json',
      'palestra.config.js',
      'src/client.ts',
      'src/conformance.ts',
      'src/index.ts',
      'src/migrations.ts',
      'src/resource.ts',
      'src/towel-rental.test.ts',
      'tsconfig.json',
    ]);
    for (const [path, text] of files) expect(text, path).not.to.match(/sample/i);
    expect(files.get('src/index.ts')).to.contain(
      "export const towelRental: Plugin<{ operations: operations }> = {\n  name: 'towel-rental',",
    );
    expect(files.get('openapi.yaml')).to.contain('path: /api/bath_towel\n');
    expect(files.get('src/migrations.ts')).to.contain("table: 'bath_towel',");
  });

  it('is the same again if its own names are filled in', () => {
    const manifest = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'));
    for (const [path, text] of pluginFiles({ names: sample, version: manifest.version })) {
      expect(text, path).to.equal(readFileSync(`${folder}/${path.replace('.gitignore', 'gitignore')}`, 'utf8'));
    }
  });

  it('demands a range of versions, and installs what it is given', () => {
    const packages = new Map([['@palestra/core', 'file:../palestra-core-1.2.3.tgz']]);
    const manifest = JSON.parse(pluginFiles({ names, version: '1.2.3', packages }).get('package.json') ?? '');
    const ours = ['client', 'core', 'server'].map((short) => `@palestra/${short}`);
    expect(Object.keys(manifest.peerDependencies)).to.deep.equal(ours);
    expect(new Set(Object.values(manifest.peerDependencies))).to.deep.equal(new Set(['^1.2.3']));
    expect(ours.map((name) => manifest.devDependencies[name])).to.deep.equal([
      '^1.2.3',
      'file:../palestra-core-1.2.3.tgz',
      '^1.2.3',
    ]);
  });

  it('binds no name that `plugin new` would let a plugin have', () => {
    const sources = readdirSync(`${folder}/src`).filter((file) => !file.endsWith('.generated.ts'));
    const bound = sources.flatMap((file) => boundIn(readFileSync(`${folder}/src/${file}`, 'utf8')));
    const free = [...new Set(bound)].filter((name) => /^[a-z]/.test(name) && !/sample/i.test(name)).filter(isFree);
    expect(free).to.deep.equal([]);
  });
});

/** Names that the top level of a module imports or declares. */
function boundIn(source: string): string[] {
  const imported = [...source.matchAll(/^import (?:type )?(?:\{([^}]*)\}|\* as (\w+)|(\w+)) from/gm)];
  const declared = [...source.matchAll(/^(?:export )?(?:const|function|class) (\w+)/gm)].map((match) => match[1] ?? '');
  const names = imported.flatMap(([, list = '', all = '', one = '']) => [...list.split(','), all, one]);
  return [...declared, ...names.map((name) => name.replace(/type |.* as /, '').trim())];
}

function isFree(name: string): boolean {
  try {
    pluginNames(
      name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`),
      'FreeResource',
    );
    return true;
  } catch {
    return false;
  }
}
