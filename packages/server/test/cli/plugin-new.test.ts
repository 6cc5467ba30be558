/** `palestra plugin new`: what it writes, and what it refuses. That it works is shown by the guide's test. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { parse } from 'yaml';
import { UsageError } from '../../src/cli/command.js';
import { pluginCommand } from '../../src/cli/plugin.js';
import { base } from '../../src/contract/base.generated.js';
import { compose } from '../../src/contract/compose.js';

describe('palestra plugin new', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'palestra-new-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const run = (...args: string[]) =>
    pluginCommand.run({ args, print: () => {} } as never).then(
      (code) => `ended with ${code}`,
      (error: Error) => (error instanceof UsageError ? error.message : `${error}`),
    );
  const written = (path: string) => readFileSync(join(folder, 'made', path), 'utf8');

  it('writes a package of the name, for the resource', async () => {
    const directory = join(folder, 'made');
    expect(await run('new', 'towel-rental', '--resource', 'BathTowel', '--directory', directory)).to.equal(
      'ended with 0',
    );
    expect(readdirSync(join(directory, 'src')).sort()).to.deep.equal([
      'client.ts',
      'conformance.ts',
      'index.ts',
      'migrations.ts',
      'resource.ts',
      'towel-rental.test.ts',
    ]);
    expect(JSON.parse(written('package.json'))).to.deep.include({
      name: 'palestra-plugin-towel-rental',
      type: 'module',
    });
    expect(written('src/index.ts')).to.contain(
      "export const towelRental: Plugin<{ operations: operations }> = {\n  name: 'towel-rental',",
    );
    expect(written('src/migrations.ts')).to.contain("table: 'bath_towel',");
    const contract = parse(written('openapi.yaml'));
    const ids = Object.values(compose(base, [{ name: 'towel-rental', contract }]).paths).flatMap((item) =>
      Object.values(item).map(({ operationId }) => operationId),
    );
    expect(ids).to.have.members(['operateBathTowel', 'listBathTowels', 'getBathTowel', 'deleteBathTowel']);
  });

  for (const [resource, many] of [
    ['Category', 'Categories'],
    ['Bench', 'Benches'],
    ['Day', 'Days'],
  ] as const) {
    it(`calls many of ${resource} ${many}`, async () => {
      await run('new', 'some', '--resource', resource, '--directory', join(folder, 'made'));
      expect(written('openapi.yaml')).to.contain(`operationId: list${many}\n`);
    });
  }

  it('names the resource after the plugin unless told', async () => {
    await run('new', 'towel-rental', '--directory', join(folder, 'made'));
    expect(written('openapi.yaml')).to.contain('operationId: operateTowelRental\n');
  });

  const refusals: readonly (readonly [args: readonly string[], says: string])[] = [
    [['new'], 'Name the plugin'],
    [['new', 'Locker'], 'Locker is no name of a plugin'],
    [['new', '../locker'], '../locker is no name of a plugin'],
    [['new', 'locker', '--resource', 'my locker'], 'my locker is no name of a resource'],
    [['new', 'locker', '--colour', 'red'], "Unknown option '--colour'"],
    [['make'], 'palestra plugin new NAME'],
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
