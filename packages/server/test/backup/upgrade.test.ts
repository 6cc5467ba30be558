/** A backup from before an upgrade: brought to today's tables, or refused where that cannot be done truly. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Migration } from '@palestra/core';
import type { AnyPlugin } from '@palestra/server';
import { describeOnEachDatabase, signInAdmin, startTestHost, type TestHost } from '@palestra/server/testing';
import { expect } from 'chai';

const first: Migration = {
  name: 'note',
  createTable: {
    table: 'note',
    columns: { id: { type: 'id' }, text: { type: 'text', length: 100 }, bytes: { type: 'bytes', length: 16 } },
  },
};
const colour: Migration = {
  name: 'colour',
  addColumn: { table: 'note', name: 'colour', column: { type: 'ascii', length: 10, default: 'red' } },
};
const shout = 'UPDATE note SET text = upper(text)';
const upper: Migration = { name: 'upper', statement: { sqlite: shout, mysql: shout } };

const notes = (...migrations: readonly Migration[]): AnyPlugin => ({
  name: 'notes',
  version: '1.0.0',
  host: '^1.0.0',
  contract: { paths: {} },
  migrations,
  setup: () => ({ handlers: {} }),
});

describeOnEachDatabase('a backup from before an upgrade', (fresh, name) => {
  let folder: string;
  let database: string;
  let file: string;

  const run = async <Result>(plugin: AnyPlugin, work: (host: TestHost, token: string) => Promise<Result>) => {
    const host = await startTestHost({ plugins: [plugin], database, dataDir: folder });
    try {
      return await work(host, await signInAdmin(host, 'dba', 'test-only-password-of-the-dba'));
    } finally {
      await host.stop();
    }
  };
  const restore = (host: TestHost, token: string) =>
    host.request('POST', '/api/admin/restore', { token, json: { file } });

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'palestra-upgrade-'));
    database = await fresh();
    await run(notes(first), async (host, token) => {
      const row = { text: 'old', bytes: Buffer.from([0, 255, 128, 10]) };
      await host.palestra.database().knex('note').insert(row);
      file = (await host.request('POST', '/api/admin/backup', { token })).body.data.file;
    });
  });
  after(() => rm(folder, { recursive: true }));

  it('gets the columns that came since, and keeps its bytes', () =>
    run(notes(first, colour), async (host, token) => {
      const { knex } = host.palestra.database();
      await knex('note').delete();
      const answer = await restore(host, token);
      expect(answer.status, answer.text).to.equal(200);
      const row = await knex('note').first();
      expect(row).to.include({ text: 'old', colour: 'red' });
      expect([...row.bytes]).to.deep.equal([0, 255, 128, 10]);
    }));

  it('has its rows changed as the upgrade changed them, or is refused', () =>
    run(notes(first, colour, upper), async (host, token) => {
      const { knex } = host.palestra.database();
      await knex('note').update({ text: 'running' });
      const answer = await restore(host, token);
      const text = (await knex('note').first()).text;
      if (name === 'SQLite') {
        expect([answer.status, text]).to.deep.equal([200, 'OLD']);
        return;
      }
      expect([answer.status, text]).to.deep.equal([422, 'running']);
      expect(answer.body.exceptionType).to.equal('IncompatibleBackupError');
      expect(answer.body.exceptionMessage).to.include('notes/upper');
    }));

  it('of a plugin that has never been here is refused', async () => {
    database = await fresh();
    await run({ ...notes(), name: 'other' }, async (host, token) => {
      const answer = await restore(host, token);
      expect(answer.status, answer.text).to.equal(422);
      expect(answer.body.exceptionMessage).to.include('notes/');
    });
  });
});
