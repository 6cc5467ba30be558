/** Commands listen to their arguments: help, unknown options, missing and extra words, and JSON where the result is data. */
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { parseCall } from '../../src/cli/arguments.js';
import { commands } from '../../src/cli/commands.js';
import { version } from '../../src/version.generated.js';
import { createPalestraCommand, type Palestra, runIn } from './palestra.js';

/** Words that fill the arguments that a command needs. */
const filled = ({ arguments: table = {} }: (typeof commands)[number]): string[] =>
  Object.values(table).flatMap(({ optional, many }) => (optional || many ? [] : ['word']));

describe('palestra', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'palestra-arguments-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  /** Without a configuration file, or a database: what needs one fails otherwise than by its arguments. */
  const run = (...args: string[]) => runIn(folder, args, { env: { PALESTRA_DATA_DIR: join(folder, 'data') } });
  const longest = (text: string) => Math.max(...text.split('\n').map(({ length }) => length));

  it('lists every command, within 80 columns', async () => {
    for (const ask of ['--help', 'help']) {
      const { code, stdout, stderr } = await run(ask);
      expect([code, stderr]).to.deep.equal([0, '']);
      for (const { name, summary } of commands)
        expect(stdout.replaceAll(/\s+/g, ' ')).to.contain(`palestra ${name}`).and.contain(summary);
      expect(longest(stdout)).to.be.at.most(80);
    }
    const none = await run();
    expect([none.code, none.stdout]).to.deep.equal([2, '']);
    expect(none.stderr).to.contain('palestra serve');
  });

  it('prints its version', async () => {
    expect(await run('--version')).to.deep.equal({ code: 0, stdout: `${version}\n`, stderr: '' });
  });

  it('helps who misspells a command or a verb', async () => {
    const says = async (...args: string[]) => {
      const { code, stderr } = await run(...args);
      return [code, stderr.split('\n')[0]];
    };
    expect(await says('migarte')).to.deep.equal([2, 'There is no command migarte. Did you mean migrate?']);
    expect(await says('xyzzy')).to.deep.equal([2, 'There is no command xyzzy.']);
    expect(await says('user', 'grnat', 'a', 'coach')).to.deep.equal([
      2,
      'There is no command user grnat. Did you mean grant?',
    ]);
    expect(await says('--verison')).to.deep.equal([2, 'Unknown option --verison.']);
  });

  for (const group of ['user', 'token', 'keys', 'audit', 'plugin']) {
    it(`lists what ${group} can do`, async () => {
      const { code, stdout } = await run(group, '--help');
      expect(code).to.equal(0);
      expect(longest(stdout)).to.be.at.most(80);
      expect(stdout).to.contain(`palestra ${group} `).and.not.contain('palestra serve');
      const without = await run(group);
      expect([without.code, without.stdout]).to.deep.equal([2, '']);
      expect(without.stderr).to.contain(`palestra ${group} `);
    });
  }

  for (const command of commands) {
    const { name, arguments: table = {}, options = {} } = command;
    const words = [...name.split(' '), ...filled(command)];

    it(`${name} --help describes it, within 80 columns, and does nothing`, async () => {
      for (const args of [
        [...name.split(' '), '--help'],
        [...words, '--help'],
      ]) {
        const { code, stdout, stderr } = await run(...args);
        expect([code, stderr]).to.deep.equal([0, '']);
        expect(longest(stdout)).to.be.at.most(80);
        for (const option of Object.keys(options)) expect(stdout).to.contain(`--${option}`);
      }
      expect(readdirSync(folder)).to.deep.equal([]);
    });

    it(`${name} refuses an option that it does not have`, async () => {
      for (const option of ['--bogus', '--bogus=1', '-b', '--helpp']) {
        const { code, stdout, stderr } = await run(...words, option);
        expect([code, stdout], stderr).to.deep.equal([2, '']);
        expect(stderr).to.match(/^Unknown option -/);
        expect(stderr).to.contain(`palestra ${name} --help`);
      }
      expect(readdirSync(folder)).to.deep.equal([]);
    });

    if (!Object.values(table).some(({ many }) => many)) {
      it(`${name} refuses one word too many, without showing it`, async () => {
        const most = Object.keys(table).map(() => 'word');
        const { code, stdout, stderr } = await run(...name.split(' '), ...most, 'hunter2');
        expect([code, stdout], stderr).to.deep.equal([2, '']);
        expect(stderr).to.contain('Too many arguments').and.not.contain('hunter2');
      });
    }

    if (filled(command).length > 0) {
      it(`${name} names the argument that is missing`, async () => {
        const { code, stderr } = await run(...name.split(' '), ...filled(command).slice(1));
        expect(code).to.equal(2);
        expect(stderr).to.match(/^[A-Z_]+ is missing\.\n/);
      });
    }
  }

  const refusals: readonly (readonly [args: readonly string[], says: string])[] = [
    [['migrate', '--paln'], 'Unknown option --paln. Did you mean --plan?'],
    [['serve', '--port', '4201'], 'Unknown option --port. Set the environment variable PORT instead.'],
    [['serve', '--data-dir=x'], 'Unknown option --data-dir. Set the environment variable PALESTRA_DATA_DIR instead.'],
    [['migrate', '--plan=yes'], '--plan takes no value.'],
    [['upgrade', '--check', '--against'], '--against needs a value: --against FILE_OR_URL.'],
    [['upgrade', '--check', '--against', '--json'], '--against needs a value: --against FILE_OR_URL.'],
    [['upgrade', '--check', '--against='], '--against needs a value'],
    [['token', 'provisioner', '--json'], 'Unknown option --json.'],
    [['upgrade'], 'There is no palestra.config.js'],
  ];
  for (const [args, says] of refusals) {
    it(`says about palestra ${args.join(' ')}: ${says}`, async () => {
      expect((await run(...args)).stderr).to.contain(says);
    });
  }

  it('takes a file whose name begins with a dash after --', async () => {
    const [palestra, remove] = await createPalestraCommand({
      dataDir: join(folder, 'data'),
      database: `sqlite:${join(folder, 'data/x.sqlite')}`,
    });
    try {
      const { code, stderr } = await palestra(['backup', '--', '--help']);
      expect(code, stderr).to.equal(0);
      expect(existsSync(join(palestra.folder, '--help'))).to.equal(true);
    } finally {
      await remove();
      rmSync(join(folder, 'data'), { recursive: true });
    }
  });
});

describe('a key whose name begins with a dash', () => {
  it('is an argument', () => {
    const facts = { name: 'keys revoke', summary: 'x', arguments: { kid: { description: 'x' } } };
    for (const kid of ['-K3yQ2ZrX0aVbYcWdXeYfZgAhBiCjDkElFmGnHoIpJq', '--3yQ2ZrX0aVbYcWdXeYfZgAhBiCjDkElFmGnHoIpJq']) {
      expect(parseCall(facts, [kid]).input).to.deep.equal({ kid });
      expect(parseCall(facts, ['--', kid]).input).to.deep.equal({ kid });
    }
    expect(() => parseCall(facts, ['--keep-an-option-of-another-command'])).to.throw('Unknown option --keep');
  });
});

describe('palestra --json', () => {
  let folder: string;
  let palestra: Palestra;
  let remove: () => Promise<void>;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'palestra-json-'));
    const dataDir = join(folder, 'data');
    [palestra, remove] = await createPalestraCommand({ dataDir, database: `sqlite:${dataDir}/x.sqlite` });
  });
  after(async () => {
    await remove();
    rmSync(folder, { recursive: true });
  });

  async function json(...args: string[]) {
    const { stdout, stderr } = await palestra([...args, '--json']);
    return stdout === '' ? expect.fail(stderr) : JSON.parse(stdout);
  }

  it('prints one document of JSON, by every command whose result is data', async () => {
    const planned = await json('migrate', '--plan');
    expect(planned.migrations[0]).to.include.keys('plugin', 'name', 'sql');
    expect(await json('migrate')).to.deep.equal(planned);
    expect(await json('migrate')).to.deep.equal({ migrations: [] });
    expect(await json('openapi')).to.include({ openapi: '3.1.0' });
    expect(await json('upgrade', '--check')).to.deep.include({ blocked: [], migrations: [] });
    const { findings, settings } = await json('doctor');
    expect(findings.map(({ check }: { check: string }) => check)).to.include.members(['Node', 'database', 'clock']);
    expect(settings).to.deep.include({
      name: 'PORT',
      description: 'Port to listen on; 0 for any free one.',
      default: '3000',
    });
    const added = await palestra(['user', 'add', 'anna'], { input: 'password of anna\n' });
    expect(added.stdout).to.equal('Added anna as player.\n');
    expect(await json('user', 'grant', 'anna', 'coach')).to.deep.equal({
      username: 'anna',
      from: 'player',
      to: 'coach',
    });
    expect(await json('user', 'revoke', 'anna')).to.deep.equal({ username: 'anna', from: 'coach', to: 'player' });
    expect(await json('audit', 'verify')).to.deep.equal({ entries: 3, chains: 1, anchors: 0, faults: [] });
    const file = join(folder, 'x.backup');
    expect(await json('backup', file)).to.include.keys('file', 'bytes', 'sha256', 'createdAt');
    expect(await json('restore', file)).to.include.keys('createdAt', 'copy');
    const [rotation] = (await json('keys', 'rotate', '--now', 'seal')).rotations;
    expect(rotation).to.include.keys('purpose', 'from', 'to');
    expect(await json('keys', 'revoke', rotation.from)).to.deep.equal({ purpose: 'seal', kid: rotation.from });
  }).timeout(60_000);

  it('is taken by those commands and no others', () => {
    expect(commands.filter(({ json: isData }) => isData).map(({ name }) => name)).to.deep.equal([
      'doctor',
      'migrate',
      'upgrade',
      'openapi',
      'backup',
      'restore',
      'forget',
      'import',
      'user grant',
      'user revoke',
      'user import',
      'keys rotate',
      'keys revoke',
      'audit verify',
      'plugin check',
    ]);
  });
});
