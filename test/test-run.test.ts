/** What `npm test` counts when test files cannot be loaded, end their process, or are chosen by name. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { repository } from '../scripts/workspace.js';

const files = {
  good: `describe('good', () => { it('passes', () => undefined); it('waits'); });`,
  better: `describe('better', () => { it('passes too', () => undefined); });`,
  bad: `describe('bad', () => { it('fails', () => { throw new Error('as it should'); }); });`,
  missing: `import './nowhere.js';`,
  exits: `describe('exits', () => { it('ends its process', () => process.exit(3)); });`,
  unsteady: `import { existsSync, writeFileSync } from 'node:fs';
    const marker = import.meta.filename + '.ran';
    describe('unsteady', () => {
      it('always passes', () => undefined);
      it('fails once', () => { if (!existsSync(marker)) { writeFileSync(marker, ''); throw new Error('once'); } });
    });`,
  only: `describe.only('only', () => { it('is alone', () => undefined); });`,
};

describe('a run of npm test', function () {
  this.timeout(60_000);
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'palestra-test-run-'));
    for (const [name, text] of Object.entries(files)) writeFileSync(path(name), text);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const path = (name: string) => join(folder, `${name}.test.ts`);

  function run(workers: number, names: readonly (keyof typeof files)[], ...more: readonly string[]) {
    const { TEST_RUN_FOLDER: _, TEST_LANE: __, ...rest } = process.env;
    const args = ['scripts/test.mjs', '--without-checks', ...names.map(path), ...more];
    const env = { ...rest, TEST_WORKERS: String(workers) };
    const { stdout, status } = spawnSync(process.execPath, args, { cwd: repository, env, encoding: 'utf8' });
    const lines = stdout.trim().split('\n');
    const linesOf = (start: string) => lines.filter((line) => line.startsWith(start));
    return { status, summary: lines.at(-1), failed: linesOf('failed: '), unsteady: linesOf('unsteady') };
  }

  it('counts what passed, failed and was skipped, and the packages that are installed', () => {
    const { status, summary, failed } = run(2, ['good', 'bad', 'missing', 'only']);
    expect(failed.join('\n'))
      .to.include('failed: bad fails: as it should')
      .and.include("Cannot find module './nowhere.js'");
    expect(failed.join('\n')).to.match(/only.*forbidOnly|forbid-only/);
    expect(summary).to.equal('2 passed, 3 failed, 1 skipped');
    expect(status).to.equal(1);
  });

  it('runs files in which a test failed once more, and says which tests passed only then', () => {
    const { status, summary, failed, unsteady } = run(2, ['good', 'bad', 'unsteady']);
    expect(unsteady).to.deep.equal(['unsteady, passed when run again: unsteady fails once: once']);
    expect(failed).to.deep.equal(['failed: bad fails: as it should']);
    expect(summary).to.equal('4 passed, 1 failed, 1 skipped');
    expect(status).to.equal(1);
  });

  it('goes on in another process after one that ended in the middle', () => {
    const { summary, failed } = run(2, ['exits', 'good', 'better']);
    expect(failed).to.deep.equal([`failed: A test process ended with 3 in ${path('exits')}.`]);
    expect(summary).to.equal('3 passed, 1 failed, 1 skipped');
  });

  it('names the files that no process was left to run', () => {
    const { summary, failed } = run(1, ['exits', 'good']);
    expect(failed).to.include(`failed: ${path('good')} was not run.`);
    expect(failed).to.include('failed: No test ran.');
    expect(summary).to.equal('1 passed, 3 failed, 0 skipped');
  });

  it('runs what is chosen by name', () => {
    expect(run(1, ['good', 'better', 'bad'], '--grep', 'passes').summary).to.equal('3 passed, 0 failed, 0 skipped');
    expect(run(1, ['good'], '--grep', 'nothing of this name').failed).to.deep.equal(['failed: No test ran.']);
  });
});
