/** The systemd unit is understood by systemd, exposes little, and gives the server what it needs. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { serverVariables, textOf } from './deploy/files.js';
import { describeWithProgram } from './deploy/program.js';

const unit = textOf('deploy/systemd/palestra@.service');
const settings = (name: string) =>
  [...unit.matchAll(new RegExp(`^${name}=(.*)$`, 'gm'))].map(([, value = '']) => value);

describe('the systemd unit', () => {
  const environment = settings('Environment').flatMap((line) =>
    line.split(' ').map((each) => each.split('=') as [string, string]),
  );
  const variable = (name: string) => environment.find(([each]) => each === name)?.[1];

  it('sets only variables that the server reads', () => {
    const known = serverVariables();
    const names = environment.map(([name]) => name).filter((name) => name !== 'NODE_ENV');
    expect(names).to.include.members(['HOST', 'PORT', 'DATABASE_URL_FILE']);
    expect(names.filter((name) => !known.has(name))).to.deep.equal([]);
  });

  it('hands over each secret that it names, and names each that it hands over', () => {
    const credentials = settings('LoadCredential').map((line) => line.split(':')[0]);
    const files = environment.filter(([name]) => name.endsWith('_FILE')).map(([, file]) => file);
    expect(files.sort()).to.deep.equal(credentials.map((name) => `%d/${name}`).sort());
  });

  it('makes the folders that the server writes', () => {
    const folders = settings('StateDirectory').flatMap((line) => line.split(' ').map((folder) => `/var/lib/${folder}`));
    expect(folders).to.deep.equal([variable('PALESTRA_DATA_DIR'), variable('PALESTRA_KEYS_DIR')]);
  });

  it('lets an instance finish before it is killed', () => {
    const seconds = Number.parseInt(settings('TimeoutStopSec')[0] ?? '', 10);
    expect(seconds).to.be.at.least(Number(variable('PALESTRA_DRAIN_DELAY')) / 1000 + 10);
  });
});

describeWithProgram('systemd-analyze', 'systemd', (program) => {
  let folder: string;
  let file: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'palestra-systemd-'));
    file = join(folder, 'palestra@3001.service');
    // What it names has to be there: this Node, and a folder.
    const here = unit.replace('ExecStart=/usr/bin/node', `ExecStart=${process.execPath}`);
    writeFileSync(file, here.replace('WorkingDirectory=/opt/palestra', `WorkingDirectory=${folder}`));
  });
  after(() => rmSync(folder, { recursive: true }));

  it('finds no fault in it', () => {
    const { status, stderr } = spawnSync(program, ['verify', '--man=no', file], { encoding: 'utf8' });
    const about = stderr.split('\n').filter((line) => line.includes('palestra'));
    expect({ status, about }).to.deep.equal({ status: 0, about: [] });
  });

  it('says that it exposes little: 1.5 of 10 at most', () => {
    // It ends with 1 if the exposure, here in tenths, is above the threshold.
    const report = execFileSync(program, ['security', '--offline=true', '--threshold=15', file], { encoding: 'utf8' });
    expect(report).to.match(/Overall exposure level for palestra@3001\.service: \d\.\d OK/);
  });
});
