/** Test hosts with the same migrations share the work of making tables, and nothing else. */
import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Migration } from '@palestra/core';
import { startTestHost, type TestHost, type TestHostOptions } from '@palestra/server/testing';
import { expect } from 'chai';
import type { AnyPlugin } from '../../src/plugin/plugin.js';
import { smallPlugin } from '../host/small-plugin.js';

const column = { type: 'text', length: 50, nullable: true } as const;
const createTable = { table: 'locker', columns: { id: { type: 'id' }, place: column } } as const;
const table = { name: 'locker', createTable } as const;

const withMigrations = (...migrations: Migration[]): AnyPlugin => smallPlugin('lockers', { migrations });

describe('a test host on a new SQLite file', () => {
  const hosts: TestHost[] = [];
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'palestra-files-'));
  });
  after(async () => {
    await Promise.all(hosts.map((host) => host.stop()));
    await rm(folder, { recursive: true, force: true });
  });

  async function start(plugin: AnyPlugin, options: Partial<TestHostOptions> = {}): Promise<TestHost> {
    const host = await startTestHost({ plugins: [plugin], ...options });
    hosts.push(host);
    return host;
  }
  const columnsOf = async (host: TestHost): Promise<string[]> =>
    Object.keys(await host.palestra.database().knex('locker').columnInfo());

  it('has the tables of its own migrations and prefix', async () => {
    const addColumn = { table: 'locker', name: 'colour', column };
    const grown = await start(withMigrations(table, { name: 'locker_colour', addColumn }));
    expect(await columnsOf(grown)).to.deep.equal(['id', 'place', 'colour']);
    expect(await columnsOf(await start(withMigrations(table)))).to.deep.equal(['id', 'place']);
    const prefixed = await start(withMigrations(table), { tablePrefix: 'club_' });
    expect(await prefixed.palestra.database().knex('sqlite_master').where({ name: 'club_locker' })).to.have.length(1);
  });

  it('has the rows of no other host', async () => {
    const [one, two] = await Promise.all([start(withMigrations(table)), start(withMigrations(table))]);
    await one.palestra.database().knex('locker').insert({ place: 'left' });
    const three = await start(withMigrations(table));
    for (const other of [two, three]) expect(await other.palestra.database().knex('locker')).to.deep.equal([]);
  });

  it('is another database than theirs', async () => {
    const all = await Promise.all([start(withMigrations(table)), start(withMigrations(table))]);
    const made = all.map(({ palestra }) =>
      palestra.database().knex('identity_event').where('name', 'database_made').pluck('happened_at'),
    );
    const [[one], [two]] = (await Promise.all(made)) as [number[], number[]];
    expect(one).to.be.closeTo(Date.now(), 600_000).and.not.to.equal(two);
  });

  it('does not start where a migration cannot be applied', async () => {
    const addColumn = { table: 'no_such_table', name: 'colour', column };
    const broken = withMigrations({ name: 'colour', addColumn });
    for (const _ of [1, 2]) {
      const failure = await start(broken).catch((error: Error) => error);
      expect(failure).to.have.property('message', 'Migration lockers/colour could not be applied.');
    }
  });

  it('leaves a file that is there as it is', async () => {
    const file = join(folder, 'there.sqlite');
    writeFileSync(file, 'this is no database, and too long for an empty one');
    const options = { database: `sqlite:${file}` };
    const failure = await start(withMigrations(table), options).catch((error: Error) => error);
    expect(failure).to.have.property('message').that.includes('not a database');
  });
});
