/** `palestra upgrade --check`: who blocks, what would run, whom it breaks; and it changes nothing. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeOnEachDatabase } from '@palestra/server/testing';
import { expect } from 'chai';
import { pino } from 'pino';
import type { CommandContext } from '../../src/cli/command.js';
import { upgrade } from '../../src/cli/commands/upgrade.js';
import { readEnvironment } from '../../src/cli/environment.js';
import { UsageError } from '../../src/cli/errors.js';
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

  async function check(
    plugins: readonly AnyPlugin[],
    input: { readonly against?: string; readonly host?: string } = {},
  ): Promise<{ code: number; said: string; data: unknown }> {
    let said = '';
    let data: unknown;
    const context: Partial<CommandContext> = {
      environment: readEnvironment({ PALESTRA_DATA_DIR: folder, DATABASE_URL: database }),
      file: { plugins },
      folder,
      log: pino({ level: 'silent' }),
      report: (result, lines) => {
        data = result;
        said = lines.join('\n');
      },
    };
    const code = (await upgrade.run(context as CommandContext, { check: true, ...input })) ?? 0;
    return { code, said, data };
  }

  const keep = async (...plugins: AnyPlugin[]) => {
    const file = join(folder, 'before.json');
    await writeFile(file, JSON.stringify(createPalestra({ plugins, dataDir: folder }).openapi()));
    return file;
  };

  it('names every plugin that does not take the host, and goes no further', async () => {
    const other = smallPlugin('other', { host: '>=1 <3' });
    const { code, said } = await check([locker, other, smallPlugin('third', { host: '~1.0' })], { host: '2.1.0' });
    expect(code).to.equal(1);
    expect(said).to.equal(
      'blocked: plugin locker 1.2.3 needs a host of ^1.0.0, not 2.1.0.\nblocked: plugin third 1.2.3 needs a host of ~1.0, not 2.1.0.',
    );
  });

  it('prints the SQL that would run, and does not run it', async () => {
    const first = await check([locker], { against: await keep(locker) });
    expect(first.said).to.contain('would run locker/locker\n  CREATE TABLE IF NOT EXISTS `locker`');
    expect(first.said).to.contain('No operation changed in a way that breaks clients.');
    expect(first.code).to.equal(0);
    expect((await check([locker], { against: await keep(locker) })).said).to.equal(first.said);
  });

  it('names the operations that changed so that clients break', async () => {
    const before = await keep(locker, smallPlugin('gone'));
    const guarded = smallPlugin('locker', { contract: contractOf('locker', { 'x-privilege': 'coach' }) });
    const { get } = guarded.contract.paths['/api/locker'] ?? {};
    const { 'x-public': _, ...operation } = get ?? ({} as never);
    const contract = { paths: { '/api/locker': { get: operation } } } as AnyPlugin['contract'];
    const { code, said } = await check([smallPlugin('locker', { contract })], { against: before });
    expect(said).to.contain('breaks clients: locker (GET /api/locker) demands coach, where guest was enough');
    expect(said).to.contain('breaks clients: gone (GET /api/gone) is gone');
    expect(code).to.equal(1);
  });

  it('compares with what is served', async () => {
    const document = createPalestra({ plugins: [locker, smallPlugin('gone')], dataDir: folder }).openapi();
    const server = createServer((_, response) => response.end(JSON.stringify(document))).listen(0, '127.0.0.1');
    await new Promise((listening) => server.once('listening', listening));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/openapi.json`;
    const { said } = await check([locker], { against: url });
    server.close();
    expect(said).to.contain('gone (GET /api/gone) is gone');
  });

  it('says so where there is nothing to compare with and none was named', async () => {
    const { code, said } = await check([locker]);
    expect([code, said.split('\n').at(-1)]).to.deep.equal([
      0,
      'Clients were not compared: there is no openapi.yaml. Name a document with --against.',
    ]);
  });

  it('fails for a document that was named and cannot be read', async () => {
    const failure = (against: string) => check([locker], { against }).catch((error: Error) => error.message);
    expect(await failure('nowhere.yaml')).to.equal(
      `${join(folder, 'nowhere.yaml')} does not exist. Name a file or a URL with --against.`,
    );
    expect(await failure('http://127.0.0.1:1/openapi.json')).to.match(/^http:\S+ cannot be read: /);
  });

  it('compares with openapi.yaml of the folder where it is there', async () => {
    await writeFile(
      join(folder, 'openapi.yaml'),
      JSON.stringify(createPalestra({ plugins: [locker, smallPlugin('gone')], dataDir: folder }).openapi()),
    );
    const { code, data } = await check([locker]);
    expect(code).to.equal(1);
    expect(data).to.have.nested.property('breaks[0].operation', 'gone (GET /api/gone)');
  });

  it('does nothing without --check', async () => {
    const wrong = await upgrade.run({} as CommandContext, { check: false }).catch((error: Error) => error);
    expect(wrong).to.be.instanceOf(UsageError);
  });
});
