/** `palestra plugin new`: what it writes, and what it refuses. That it works is shown by the guide's test. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { base } from '../../src/contract/base.generated.js';
import { composeDocument } from '../../src/contract/compose.js';
import { operationsOf } from '../../src/contract/operations.js';
import { readFragment } from '../../src/generate/fragment-files.js';
import { runIn } from './palestra.js';

describe('palestra plugin new', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'palestra-new-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const run = async (...args: string[]) => {
    const { code, stderr } = await runIn(folder, ['plugin', ...args]);
    return code === 2 ? stderr : `ended with ${code}${stderr}`;
  };
  const written = (path: string) => readFileSync(join(folder, 'made', path), 'utf8');
  const operations = () => {
    const fragment = readFragment(base, 'made', 'openapi.yaml', written('openapi.yaml'));
    return operationsOf(composeDocument(base, [fragment])).map(({ id }) => id);
  };

  it('writes a package that the host can compose', async () => {
    const directory = join(folder, 'made');
    expect(await run('new', 'towel-rental', '--resource', 'BathTowel', '--directory', directory)).to.equal(
      'ended with 0',
    );
    expect(JSON.parse(written('package.json'))).to.deep.include({
      name: 'palestra-plugin-towel-rental',
      type: 'module',
    });
    expect(operations()).to.have.members(['operateBathTowel', 'listBathTowels', 'getBathTowel', 'deleteBathTowel']);
  });

  for (const [resource, many] of [
    ['Category', 'Categories'],
    ['Bench', 'Benches'],
    ['Day', 'Days'],
  ] as const) {
    it(`calls many of ${resource} ${many}`, async () => {
      await run('new', 'some', '--resource', resource, '--directory', join(folder, 'made'));
      expect(operations()).to.include(`list${many}`);
    });
  }

  it('names the resource after the plugin by default', async () => {
    await run('new', 'towel-rental', '--directory', join(folder, 'made'));
    expect(operations()).to.include('operateTowelRental');
  });

  const refusals: readonly (readonly [args: readonly string[], says: string])[] = [
    [['new'], 'Name the plugin'],
    [['new', 'Locker'], 'Locker cannot be the name of a plugin'],
    [['new', '../locker'], '../locker cannot be the name of a plugin'],
    [['new', 'class'], 'class is a reserved word of JavaScript. Choose another name'],
    [['new', 'await'], 'await is a reserved word of JavaScript'],
    [['new', 'identity'], 'Palestra has a plugin named identity'],
    [['new', 'rate-limit'], 'Palestra has a plugin named rate-limit'],
    [['new', 'gym'], 'Palestra has a plugin named gym'],
    [['new', 'plugin'], 'plugin is a name that the files of every plugin use'],
    [['new', 'locker', '--resource', 'my locker'], 'my locker cannot be the name of a resource'],
    [['new', 'locker', '--resource', 'locker'], 'locker cannot be the name of a resource'],
    [
      ['new', 'locker', '--resource', 'Account'],
      'Palestra has the table account already. Choose another one with --resource',
    ],
    [['new', 'locker', '--resource', 'Gym'], 'Palestra has the schema Gym already'],
    [['new', 'locker', '--resource', 'Profile'], 'Palestra has the operation operateProfile already'],
    [['new', 'locker', '--resource', 'Auth'], 'Palestra has the path /api/auth already'],
    [['new', 'locker', '--resource', 'Keys'], 'Palestra has client.keys already'],
    [['new', 'locker', '--resource', 'Class'], 'class is a reserved word'],
    [['new', 'locker', 'shelf'], 'Too many arguments: palestra plugin new takes [NAME].'],
    [['new', 'locker', '--packages', 'nowhere'], 'There is no palestra-core-'],
    [['new', 'locker', '--colour', 'red'], 'Unknown option --colour.'],
    [['make'], 'There is no command plugin make.'],
    [['check', 'nowhere.js'], 'There is no nowhere.js'],
  ];
  for (const [args, says] of refusals) {
    it(`refuses: palestra plugin ${args.join(' ')}`, async () => {
      expect(await run(...args)).to.contain(says);
    });
  }

  it('writes over nothing', async () => {
    const directory = join(folder, 'made');
    await run('new', 'locker', '--directory', directory);
    expect(await run('new', 'other', '--directory', directory)).to.contain('is not empty');
    expect(existsSync(join(directory, 'src/other.test.ts'))).to.equal(false);
  });
});
