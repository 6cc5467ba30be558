/** A SQLite file that an app shares: its tables are in no backup, and no restore touches them. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gym } from '@palestra/plugin-gym';
import { type FreshDatabase, signInAdmin, startTestHost, type TestHost, testDatabases } from '@palestra/server/testing';
import Sqlite from 'better-sqlite3';
import { expect } from 'chai';
import knexModule, { type Knex } from 'knex';

const password = 'test-only-password-of-the-dba';
const fresh: FreshDatabase = async () =>
  (await testDatabases()
    .find(({ name }) => name === 'SQLite')
    ?.fresh()) ?? '';

describe('the backup of a SQLite file that an app shares', () => {
  let app: Knex;
  let host: TestHost;
  let file: string;
  let backup: string;

  const request = async (path: string, json?: object) => {
    const token = await signInAdmin(host, 'dba', password);
    return host.request('POST', path, { token, json });
  };
  const create = (name: string) => request('/api/gym', { operation: 'create', data: { name } });
  const names = () => app('gym').orderBy('id').pluck('name');

  before(async () => {
    file = (await fresh()).slice('sqlite:'.length);
    app = knexModule.knex({ client: 'better-sqlite3', connection: { filename: file }, useNullAsDefault: true });
    host = await startTestHost({ plugins: [gym], database: { knex: app } });
    await app.raw(
      'CREATE TABLE shop (id INTEGER PRIMARY KEY, owner INTEGER REFERENCES account (id) ON DELETE CASCADE, name TEXT)',
    );
    await app.raw(
      'CREATE VIEW shops AS SELECT shop.name, account.username FROM shop JOIN account ON account.id = owner',
    );
    await app.raw('CREATE TRIGGER close_shop AFTER DELETE ON account BEGIN DELETE FROM shop WHERE owner = OLD.id; END');
    await app('shop').insert({ owner: 1, name: 'before the backup' });
    await create('Before');
    backup = (await request('/api/admin/backup')).body.data.file;
  });
  after(async () => {
    await host.stop();
    await app.destroy();
  });

  it('holds no row of the app, nor its view or trigger', async () => {
    const bytes = await readFile(join(host.dataDir, 'backups', backup));
    expect(bytes.includes('before the backup')).to.equal(false);
    const copy = new Sqlite(bytes.subarray(bytes.indexOf(0x0a) + 1));
    const found = copy.prepare("SELECT name FROM sqlite_schema WHERE name LIKE '%shop%'").pluck().all();
    expect(found).to.deep.equal([]);
    expect(copy.prepare('SELECT name FROM gym').pluck().all()).to.deep.equal(['Before']);
  });

  it("puts Palestra's rows back, and leaves the app's, which its own triggers do not touch", async () => {
    await create('After');
    await app('shop').insert({ owner: 1, name: 'after the backup' });
    await app('shop').where({ name: 'before the backup' }).update({ name: 'changed' });
    const answer = await request('/api/admin/restore', { file: backup });
    expect(answer.status, answer.text).to.equal(200);
    expect(await names()).to.deep.equal(['Before']);
    expect(await app('shops').orderBy('name')).to.deep.equal([
      { name: 'after the backup', username: 'dba' },
      { name: 'changed', username: 'dba' },
    ]);
    const triggers = await app('sqlite_schema').where({ type: 'trigger' }).pluck('name');
    expect(triggers).to.include.members(['close_shop', 'audit_entry_no_delete']);
    expect(Number((await create('Next')).body.data._id), 'an id is not given twice').to.equal(3);
    const { faults } = await host.palestra.audit().verify();
    expect(faults).to.deep.equal([]);
  });

  it('refuses, with nothing changed, where a row of the app would lose what it refers to', async () => {
    const { id } = await host.account();
    await app('shop').insert({ owner: id, name: 'of a new account' });
    await create('Kept');
    const before = await names();
    const answer = await request('/api/admin/restore', { file: backup });
    expect(answer.body.exceptionMessage).to.include('shop refers to rows of account');
    expect(answer.status).to.equal(422);
    expect(await names()).to.deep.equal(before);
  });
});
