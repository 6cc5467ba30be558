/** `palestra doctor` and `palestra audit verify`: what they find, and with what exit code. */
import { chmod, cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeOnEachDatabase, startTestHost, type TestHost } from '@palestra/server/testing';
import { expect } from 'chai';
import { startTcpProxy } from '../database/tcp-proxy.js';
import { createPalestraCommand, type Palestra } from './palestra.js';

describeOnEachDatabase('palestra doctor', (fresh, name) => {
  let host: TestHost;
  let palestra: Palestra;
  let removals: (() => Promise<void>)[];
  let database: string;

  before(async () => {
    database = await fresh();
    host = await startTestHost({ plugins: [], database });
    const [command, remove] = await createPalestraCommand({ dataDir: host.dataDir, database });
    palestra = command;
    removals = [remove];
  });
  after(async () => {
    for (const remove of removals) await remove();
    await host.stop();
  });

  it('finds nothing wrong with a sound installation', async () => {
    const { code, stdout } = await palestra(['doctor']);
    expect(code, stdout).to.equal(0);
    expect(stdout).not.to.contain('FAIL');
    expect(stdout).to.match(/ok {4}database: (SQLite|MariaDB) \d/);
    expect(stdout).to.contain('migrations: none pending');
    expect(stdout).to.contain('audit: append-only');
    expect(stdout.includes('give all of them the same PALESTRA_KEYS_DIR')).to.equal(name === 'MariaDB');
    expect(stdout).to.contain('backups: none yet; with PALESTRA_BACKUP_SCHEDULE the server makes them');
    const scheduled = await palestra(['doctor'], { env: { PALESTRA_BACKUP_SCHEDULE: '30 3 * * *' } });
    expect(scheduled.stdout).to.contain('backups: none yet; the server makes them at 30 3 * * *');
  });

  it('looks at the tables under the prefix, and says which one is set where it is another', async () => {
    const prefixed = await fresh();
    const other = await startTestHost({ plugins: [], database: prefixed, tablePrefix: 'club_' });
    const [command, remove] = await createPalestraCommand({ dataDir: other.dataDir, database: prefixed });
    removals.push(remove);
    const env = { PALESTRA_TABLE_PREFIX: 'club_' };
    await other.palestra.database().knex.raw('DROP TRIGGER audit_entry_no_delete');
    const { code, stdout } = await command(['doctor'], { env });
    await other.stop();
    expect(code, stdout).to.equal(0);
    expect(stdout).to.contain('migrations: none pending').and.to.contain('no trigger club_audit_entry_no_delete');
    for (const args of [['doctor'], ['migrate'], ['user', 'grant', 'dba', 'dba']]) {
      const refused = await command(args);
      const says = refused.stdout + refused.stderr;
      expect(refused.code, says).to.equal(1);
      expect(says).to.contain(
        'set up with the tablePrefix club_, and is opened without a tablePrefix. Set it to club_',
      );
    }
  });

  it('changes nothing before the first start', async () => {
    const empty = await mkdtemp(join(tmpdir(), 'palestra-empty-'));
    removals.push(() => rm(empty, { recursive: true }));
    const [command, remove] = await createPalestraCommand({ dataDir: empty, database: await fresh() });
    removals.push(remove);
    const first = await command(['doctor']);
    expect(first.code, first.stdout).to.equal(0);
    expect(first.stdout).to.match(/there is no database yet|pending/);
    expect((await command(['doctor'])).stdout.replaceAll(/-?\d+ ms/g, '')).to.equal(
      first.stdout.replaceAll(/-?\d+ ms/g, ''),
    );
  });

  it('fails for keys that others can read, saying what to do', async () => {
    const file = join(host.dataDir, 'keys', 'seal.json');
    await chmod(file, 0o644);
    const { code, stdout } = await palestra(['doctor']);
    await chmod(file, 0o600);
    expect(code).to.equal(1);
    expect(stdout).to.contain(`FAIL  keys: ${file} is open to others (644)\n      chmod 600 ${file}`);
  });

  it("fails for another instance's keys", async () => {
    const folder = await mkdtemp(join(tmpdir(), 'palestra-keys-'));
    removals.push(() => rm(folder, { recursive: true }));
    const other = await startTestHost({ plugins: [] });
    await cp(join(other.dataDir, 'keys'), folder, { recursive: true });
    await other.stop();
    const { code, stdout } = await palestra(['doctor'], { env: { PALESTRA_KEYS_DIR: folder } });
    expect(code).to.equal(1);
    expect(stdout).to.match(/FAIL {2}keys in use: the key for \S+ that the database was served with/);
  });

  it('fails for a database that is not there', async () => {
    const env = { DATABASE_URL: 'mysql://root@127.0.0.1:1/nothing' };
    const { code, stdout } = await palestra(['doctor'], { env });
    expect(code).to.equal(1);
    const failures = stdout.split('\n').filter((line) => line.startsWith('FAIL'));
    expect(failures, 'once, not for each check that needs it').to.deep.equal(['FAIL  database: it cannot be used']);
    expect(stdout).to.contain(
      '      DATABASE_URL: no database answers at 127.0.0.1:1/nothing (ECONNREFUSED). Start it, or correct host and port.',
    );
  });

  const onMariaDb = name === 'MariaDB' ? it : () => undefined;
  onMariaDb('names a database that speaks the protocol of MySQL and lacks some of it', async () => {
    const { version } = host.palestra.database().dialect;
    for (const [product, lacks] of [
      [
        'TiDB',
        'triggers, which make the audit append-only; CHECK constraints unless tidb_enable_check_constraint is ON;',
      ],
      ['Vitess', 'foreign keys between shards; AUTO_INCREMENT in sharded keyspaces;'],
    ] as const) {
      // Every place where MariaDB says its version.
      const called = `8.0.30-${product}`.padEnd(version.length, '.');
      const proxy = await startTcpProxy(database, (bytes) =>
        Buffer.from(bytes.toString('latin1').replaceAll(version, called), 'latin1'),
      );
      const { code, stdout } = await palestra(['doctor'], { env: { DATABASE_URL: proxy.url } });
      await proxy.close();
      expect(code, stdout).to.equal(0);
      expect(stdout).to.contain(`warn  database: ${product} (${called}) was not tested, and does not have `);
      expect(stdout).to.contain(lacks).and.to.contain('read "Distributed databases" in docs/scaling.md');
    }
  });

  it('says when the last good backup was made, and warns of an old one', async () => {
    const state = () => host.palestra.database().knex('backup_state');
    await state().insert({ name: 'made', at: Date.now() - 3 * 86_400_000, bytes: 1 });
    expect((await palestra(['doctor'])).stdout).to.match(/^warn +backups: the last good one was made at/m);
    await state().where({ name: 'made' }).update({ at: Date.now() });
    expect((await palestra(['doctor'])).stdout).to.match(/^ok +backups: the last good one was made at/m);
  });

  it('sees triggers that are gone', async () => {
    const { knex } = host.palestra.database();
    await knex.raw('DROP TRIGGER audit_entry_no_delete');
    const { code, stdout } = await palestra(['doctor']);
    expect(code).to.equal(0);
    expect(stdout).to.contain('warn  audit: the database has no trigger audit_entry_no_delete');
  });

  it('and audit verify: 0 for a sound audit, 1 with what is wrong for another', async () => {
    const { username } = await host.account();
    await palestra(['user', 'grant', username, 'coach']);
    await palestra(['user', 'grant', username, 'operator']);
    const sound = await palestra(['audit', 'verify']);
    expect(sound, 'one chain for both commands').to.deep.equal({
      code: 0,
      stdout: 'Nothing was changed in 2 entries of 1 chain.\n',
      stderr: '',
    });

    const { knex } = host.palestra.database();
    const [entry] = await knex('audit_entry').select('chain', 'hash').orderBy('seq').limit(1);
    const log = join(host.dataDir, 'server.log');
    const lines = [
      { msg: 'started' },
      { auditHeads: { [entry?.chain]: [1, entry?.hash] }, msg: 'These are the ends of the audit chains.' },
    ];
    await writeFile(log, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    const held = await palestra(['audit', 'verify', log]);
    expect([held.code, held.stdout]).to.deep.equal([
      0,
      `Nothing was changed in 2 entries of 1 chain. Compared with 1 anchor of ${log}.\n`,
    ]);
    const [, anchor = ''] = lines.map((line) => JSON.stringify(line));
    await writeFile(log, `${anchor}\n${anchor.slice(0, -20)}`);
    const torn = await palestra(['audit', 'verify', log]);
    const told = `${log}:2: is not a whole line of JSON, and was left out.\n`;
    expect([torn.code, torn.stdout, torn.stderr]).to.deep.equal([0, held.stdout, told]);
    const missing = await palestra(['audit', 'verify', `${log}.1`]);
    expect([missing.code, missing.stderr]).to.deep.equal([1, `${log}.1 is not a file.\n`]);

    await knex.raw('DROP TRIGGER IF EXISTS audit_entry_no_update');
    await knex('audit_entry').where({ seq: 1 }).update({ actor: 'somebody else' });
    const tampered = await palestra(['audit', 'verify']);
    expect(tampered.code).to.equal(1);
    expect(tampered.stdout).to.equal(
      `Entry 1 of chain commands was changed.\n1 fault found in 2 entries of 1 chain.\n`,
    );
    expect((await palestra(['audit'])).code).to.equal(2);
  });
});
