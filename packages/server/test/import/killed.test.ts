/**
 * `palestra import FOLDER`, killed half-way and continued: equal to one that was not. The long form has 100,000 records,
 * a heap that does not grow with the files, and prints the memory that they took.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describeOnEachDatabase, startTestHost, type TestHost } from '@palestra/server/testing';
import { expect } from 'chai';
import { compile } from '../../../../scripts/pack.js';
import { loadConfigFile } from '../../src/cli/config-file.js';
import { type TimeLimits, timeLimits } from '../../src/database/time-limits.js';
import { type Dump, differences, dump } from './dump.js';
import { folderOf, oldSystem } from './old-system.js';

const repository = fileURLToPath(new URL('../../../..', import.meta.url));
const long = process.env.PALESTRA_TEST_LONG === 'on';
const seed = Number(process.env.PALESTRA_TEST_SEED ?? 1);
const records = long ? 100_000 : 1_500;
/** Little more than the program itself needs; one that kept the lines of 100,000 records would end. */
const heapMb = 80;

/** Half a million rows that are compared keep this process from reading what the database answers. */
const patient = Object.fromEntries(
  Object.entries(timeLimits).map(([name, ms]: [string, number]) => [name, ms * 20]),
) as unknown as TimeLimits;

describeOnEachDatabase('palestra import, killed half-way and continued', (fresh) => {
  const hosts: TestHost[] = [];
  let folder: string;
  before(async function () {
    this.timeout(120_000);
    compile();
    folder = await folderOf(oldSystem({ people: 20, records }));
  });
  afterEach(async () => {
    for (const host of hosts.splice(0)) await host.stop();
  });
  after(() => rm(folder, { recursive: true }));

  interface Target {
    readonly host: TestHost;
    readonly database: string;
  }

  async function open(): Promise<Target> {
    const { plugins } = await loadConfigFile(repository);
    const database = await fresh();
    const host = await startTestHost({ plugins, database: { url: database, timeLimits: patient }, background: false });
    hosts.push(host);
    return { host, database };
  }

  function start({ host: { dataDir }, database }: Target) {
    const heap = long ? [`--max-old-space-size=${heapMb}`] : [];
    const args = [...heap, 'packages/server/bin/palestra.mjs', 'import', folder];
    const child = spawn(process.execPath, args, {
      cwd: repository,
      env: { ...process.env, PALESTRA_DATA_DIR: dataDir, DATABASE_URL: database },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    return { child, ended: once(child, 'exit') };
  }

  async function importWhole(target: Target): Promise<Dump> {
    const { child, ended } = start(target);
    const peak = long ? await peakOf(child) : 0;
    expect(await ended).to.deep.equal([0, null]);
    if (peak > 0) console.log(`      ${records} records took at most ${peak} MB of memory`);
    expect(peak).to.be.lessThan(400);
    return dump(target.host);
  }

  async function rowsOf({ host }: Target): Promise<number> {
    return Number((await host.palestra.database().knex('legacy_id').count({ count: '*' }))[0]?.count);
  }

  it('is equal to one that was not', async function () {
    this.timeout(long ? 1_200_000 : 120_000);
    const expected = await importWhole(await open());
    expect(expected.transaction_record).to.have.length(records);
    const target = await open();
    // Between a quarter and three quarters of the way, by the seed.
    const threshold = Math.floor(records * (0.25 + ((seed * 0.618_033_988_75) % 1) / 2));
    const { child, ended } = start(target);
    while (child.exitCode === null && (await rowsOf(target)) < threshold) await sleep(5);
    child.kill('SIGKILL');
    expect(await ended).to.deep.equal([null, 'SIGKILL']);
    expect(await rowsOf(target)).to.be.within(threshold, (expected.legacy_id?.length ?? 0) - 1);
    expect(await start(target).ended).to.deep.equal([0, null]);
    expect(differences(await dump(target.host), expected)).to.deep.equal([]);
  });
});

/** Megabytes of the process at most, resident; 0 where the system does not tell. */
async function peakOf({ pid }: ChildProcess): Promise<number> {
  for (let peak = 0; ; await sleep(100)) {
    const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
    const kilobytes = /VmHWM:\s+(\d+) kB/.exec(status)?.[1];
    if (kilobytes === undefined) return peak;
    peak = Math.round(Number(kilobytes) / 1024);
  }
}
