/** `palestra upgrade --check`: who blocks, what would run, whom it breaks; and it changes nothing. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeOnEachDatabase } from '@palestra/server/testing';
import { expect } from 'chai';
import { pino } from 'pino';
import { UsageError } from '../../src/cli/command.js';
import { readEnvironment } from '../../src/cli/environment.js';
import { upgradeCommand } from '../../src/cli/upgrade.js';
import { createPalestra } from '../../src/host/create.js';
import type { AnyPlugin } from '../../src/plugin/plugin.js';
import { contractOf, smallPlugin } from '../host/small-plugin.js';

const locker = smallPlugin('locker', {
  migrations: [{ name: 'locker', createTable: { table: 'locker', columns: { id: { type: 'id' } } } }],
});

describeOnEachDatabase('palestra upgrade --check', (fresh) => {
  let folder: string;
  let database: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'palestra-upgrade-'));
    database = await fresh();
  });
  afterEach(() => rm(folder, { recursive: true }));

  async function check(plugins: readonly AnyPlugin[], ...args: string[]): Promise<{ code: number; said: string }> {
    const lines: string[] = [];
    const environment = readEnvironment({ PALESTRA_DATA_DIR: folder, DATABASE_URL: database });
    const context = { environment, file: { plugins }, args: ['--check', ...args], log: pino({ level: 'silent' }) };
    const code = await upgradeCommand.run({ ...context, print: (line: string) => lines.push(line) } as never);
    return { code, said: lines.join('\n') };
  }

  const keep = async (...plugins: AnyPlugin[]) => {
    const file = join(folder, 'before.json');
    await writeFile(file, JSON.stringify(createPalestra({ plugins, dataDir: folder }).openapi()));
    return file;
  };

  it('names every plugin that does not take the host, and goes no further', async () => {
    const other = smallPlugin('other', { host: '>=1 <3' });
    const { code, said } = await check([locker, other, smallPlugin('third', { host: '~1.0' })], '--host', '2.1.0');
    expect(code).to.equal(1);
    expect(said).to.equal(
      'blocked: plugin locker 1.2.3 needs a host of ^1.0.0, not 2.1.0.\nblocked: plugin third 1.2.3 needs a host of ~1.0, not 2.1.0.',
    );
  });

  it('prints the SQL that would run, and does not run it', async () => {
    const first = await check([locker], '--against', await keep(locker));
    expect(first.said).to.contain('would run locker/locker\n  CREATE TABLE IF NOT EXISTS `locker`');
    expect(first.said).to.contain('No operation changed so that clients break.');
    expect(first.code).to.equal(0);
    expect((await check([locker], '--against', await keep(locker))).said).to.equal(first.said);
  });

  it('names the operations that changed so that clients break', async () => {
    const before = await keep(locker, smallPlugin('gone'));
    const guarded = smallPlugin('locker', { contract: contractOf('locker', { 'x-privilege': 'coach' }) });
    const { get } = guarded.contract.paths['/api/locker'] ?? {};
    const { 'x-public': _, ...operation } = get ?? ({} as never);
    const contract = { paths: { '/api/locker': { get: operation } } } as AnyPlugin['contract'];
    const { code, said } = await check([smallPlugin('locker', { contract })], '--against', before);
    expect(said).to.contain('breaks clients: locker (GET /api/locker) demands coach, where guest was enough');
    expect(said).to.contain('breaks clients: gone (GET /api/gone) is gone');
    expect(code).to.equal(1);
  });

  it('compares with what is served', async () => {
    const document = createPalestra({ plugins: [locker, smallPlugin('gone')], dataDir: folder }).openapi();
    const server = createServer((_, response) => response.end(JSON.stringify(document))).listen(0, '127.0.0.1');
    await new Promise((listening) => server.once('listening', listening));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/openapi.json`;
    const { said } = await check([locker], '--against', url);
    server.close();
    expect(said).to.contain('gone (GET /api/gone) is gone');
  });

  it('says so where there is nothing to compare with', async () => {
    const { code, said } = await check([locker], '--against', join(folder, 'nowhere.yaml'));
    expect([code, said.split('\n').at(-1)?.slice(0, 30)]).to.deep.equal([0, 'No document to compare with: g']);
  });

  it('does nothing without --check', async () => {
    const wrong = await upgradeCommand.run({ args: [] } as never).catch((error: Error) => error);
    expect(wrong).to.be.instanceOf(UsageError);
  });
});
