/** Connections: opened as promised, lost and found again, closed without a trace. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import Sqlite from 'better-sqlite3';
import { expect } from 'chai';
import mysql from 'mysql2';
import { programOf } from '../../../../scripts/testing/program.js';
import { openDatabase } from '../../src/database/connect.js';
import { databaseFault } from '../../src/database/errors.js';
import { MysqlConnection } from '../../src/database/mysql-connection.js';
import { openSqlite } from '../../src/database/sqlite.js';
import { TableNames } from '../../src/database/table-names.js';
import { timeLimits } from '../../src/database/time-limits.js';
import { describeOnEachDatabase, testDatabases } from '../../src/testing/databases.js';
import { closeAll, open, openMigrated, refusal } from './fixture.js';

describeOnEachDatabase('connections', (fresh) => {
  afterEach(closeAll);

  it('answer a ping while open, and not when closed', async () => {
    const database = await openDatabase({ url: await fresh() });
    expect(await database.ping()).to.equal(true);
    await database.close();
    expect(await database.ping()).to.equal(false);
  });

  it('keep what was committed over a close', async () => {
    const url = await fresh();
    const first = await openMigrated({ url });
    await first.unitOfWork((unit) => first.write(first.knex('visit').insert({ label: 'kept' }), unit));
    await closeAll();
    const second = await open({ url });
    expect(await second.knex('visit').pluck('label')).to.deep.equal(['kept']);
  });

  it('wait with close for a unit that runs', async () => {
    const url = await fresh();
    const database = await openMigrated({ url });
    const unit = database.unitOfWork(async (open) => {
      await database.write(database.knex('visit').insert({ label: 'last' }), open);
      await new Promise((resolve) => setTimeout(resolve, 50));
    });
    await new Promise((resolve) => setTimeout(resolve, 20));
    await closeAll();
    await unit;
    expect(await (await open({ url })).knex('visit').pluck('label')).to.deep.equal(['last']);
  });

  it("make knex's own transactions roll back and commit like units", async () => {
    const database = await openMigrated({ url: await fresh() });
    const { knex } = database;
    await knex.transaction((transaction) => transaction('visit').insert({ label: 'in' }));
    const failing = () =>
      knex.transaction(async (transaction) => {
        await transaction('visit').insert({ label: 'out' });
        throw new Error('no');
      });
    await refusal(failing);
    expect(await knex('visit').pluck('label')).to.deep.equal(['in']);
  });
});

describe('connections to SQLite', () => {
  it('make files that nobody else can read, whatever the folder allows', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'palestra-test-'));
    chmodSync(folder, 0o755);
    const file = join(folder, 'palestra.sqlite');
    const database = await openMigrated({ url: `sqlite:${file}` });
    await database.unitOfWork((unit) => database.write(database.knex('visit').insert({ label: 'one' }), unit));
    const modes = ['', '-wal', '-shm'].map((end) => statSync(file + end).mode & 0o777);
    expect(modes).to.deep.equal([0o600, 0o600, 0o600]);
    await closeAll();
    rmSync(folder, { recursive: true });
  });

  it('are closed though one is not given back, and what it had not committed is rolled back', async () => {
    const url = await fresh();
    await openMigrated({ url });
    await closeAll();
    const { knex, acquire, close } = await openSqlite(fileOf(url), new TableNames('', 'sqlite'));
    await knex('visit').insert({ label: 'committed' });
    const held = await acquire();
    await held.control('BEGIN IMMEDIATE');
    await held.run("INSERT INTO visit (label) VALUES ('open')", []);
    await close();
    expect(await (await open({ url })).knex('visit').pluck('label')).to.deep.equal(['committed']);
  });

  const fresh = testDatabases()[0]?.fresh as () => Promise<string>;
  const fileOf = (url: string) => url.slice('sqlite:'.length);
  afterEach(closeAll);

  it('run in WAL mode with synchronous=FULL, foreign keys and a distrusted schema', async () => {
    const url = await fresh();
    await (await openDatabase({ url })).close();
    const { knex } = await open({ url });
    const pragma = async (name: string) => Object.values((await knex.raw(`pragma ${name}`))[0])[0];
    expect(await pragma('journal_mode')).to.equal('wal');
    expect(await pragma('synchronous'), 'FULL, also when re-opened').to.equal(2);
    expect(await pragma('foreign_keys')).to.equal(1);
    expect(await pragma('trusted_schema')).to.equal(0);
  });

  it('make the folder, for us alone, and leave one file behind', async () => {
    const url = (await fresh()).replace(/\.db$/, '/deep/er.db');
    await openMigrated({ url });
    expect(existsSync(`${fileOf(url)}-wal`)).to.equal(true);
    await closeAll();
    expect(existsSync(`${fileOf(url)}-wal`)).to.equal(false);
    expect(statSync(fileOf(url)).size).to.be.greaterThan(0);
    expect(statSync(fileOf(url).replace(/\/er\.db$/, '')).mode & 0o777).to.equal(0o700);
  });

  it('empty the log at the end, though another process has the file open', async () => {
    const url = await fresh();
    await openMigrated({ url });
    const other = new Sqlite(fileOf(url));
    other.prepare('SELECT count(*) FROM visit').get();
    await closeAll();
    expect(statSync(`${fileOf(url)}-wal`).size).to.equal(0);
    other.close();
  });

  it("take the write lock at the beginning of knex's own transactions too", async () => {
    const url = await fresh();
    const { knex } = await openMigrated({ url });
    const other = new Sqlite(fileOf(url), { timeout: 0 });
    await knex.transaction(async (transaction) => {
      await transaction('visit').select();
      expect(() => other.exec('BEGIN IMMEDIATE')).to.throw('locked');
    });
    other.close();
  });

  it('cannot write through the reader', async () => {
    const database = await openMigrated({ url: await fresh() });
    const writing = database.statement((knex) => knex.raw("insert into visit (label) values ('a') returning id"));
    expect(databaseFault(await refusal(() => writing.all()))).to.deep.equal({ kind: 'readonly' });
  });

  it("wait for another holder's lock without stopping the event loop", async () => {
    const url = await fresh();
    const database = await openMigrated({ url });
    const other = new Sqlite(fileOf(url));
    other.exec('BEGIN IMMEDIATE');
    // With a blocking busy_timeout neither the ticks nor this COMMIT would come before the wait is over.
    let ticks = 0;
    const ticking = setInterval(() => {
      ticks += 1;
    }, 5);
    setTimeout(() => other.exec('COMMIT'), 300);
    const insert = database.statement((knex, parameter) => knex('visit').insert({ label: parameter('label') }));
    await Promise.all([
      insert.run({ label: 'alone' }),
      database.unitOfWork((unit) => insert.run({ label: 'in a unit' }, unit)),
      database.knex('visit').insert({ label: 'by knex' }),
      database.knex.transaction((transaction) => transaction('visit').insert({ label: 'in a transaction' })),
    ]);
    clearInterval(ticking);
    other.close();
    expect(ticks).to.be.greaterThan(5);
    expect(await database.knex('visit').pluck('label')).to.have.length(4);
  });

  it('lose no update between two processes that read and then write', async () => {
    const url = await fresh();
    const database = await openMigrated({ url });
    await database.knex('visit').insert({ id: 1, label: 'shared' });
    const times = 300;
    const program = await programOf(new URL('./sqlite-writer.ts', import.meta.url));
    const children = [1, 2].map(() => fork(program, [url, String(times)], { execArgv: [] }));
    const exits = await Promise.all(children.map(async (child) => (await once(child, 'exit'))[0]));
    expect(exits).to.deep.equal([0, 0]);
    expect(await database.knex('visit').pluck('count')).to.deep.equal([2 * times]);
  }).timeout(60_000);
});

const mariadb = testDatabases().find(({ name }) => name === 'MariaDB');
const missing = mariadb ? mariadb.missing : 'MariaDB is not chosen';

describe(`connections to a server${missing ? ` (${missing})` : ''}`, () => {
  const fresh = () => mariadb?.fresh() ?? Promise.reject(new Error(missing));
  const onMariadb = missing ? it.skip : it;
  afterEach(closeAll);

  onMariadb('set every session alike, whatever the server has as defaults', async () => {
    const { knex } = await open({ url: await fresh() });
    const sql = `select connection_id() as id, @@session.time_zone as zone, @@session.tx_isolation as isolation,
      @@session.innodb_lock_wait_timeout as patience, @@session.sql_mode like '%STRICT_ALL_TABLES%' as strict,
      @@session.character_set_client as charset, @@session.collation_connection as collation, sleep(1)`;
    const sessions = (await Promise.all([1, 2, 3].map(() => knex.raw(sql)))).map(([rows]) => rows[0]);
    expect(new Set(sessions.map(({ id }) => id)).size, 'different connections').to.equal(3);
    for (const found of sessions) {
      const { zone, isolation, patience, strict, charset, collation } = found;
      const expected = ['+00:00', 'READ-COMMITTED', 5, 1, 'utf8mb4', 'utf8mb4_bin'];
      expect([zone, isolation, patience, strict, charset, collation]).to.deep.equal(expected);
    }
  });

  onMariadb('create tables by knex that compare text exactly, in a transaction too', async () => {
    const { knex } = await open({ url: await fresh() });
    await knex.schema.createTable('plain', (table) => void table.string('name').primary());
    await knex.transaction((unit) => unit.schema.createTable('inside', (table) => void table.string('name').primary()));
    await knex.schema.createTableLike('alike', 'plain');
    await knex.schema.createTable('own', (table) => {
      table.charset('latin1');
      table.string('name');
    });
    for (const name of ['plain', 'inside', 'alike']) {
      await knex(name).insert(['a', 'A', 'a ', 'ä', '😀'].map((text) => ({ name: text })));
      expect(await knex(name).where({ name: 'A' }).pluck('name'), name).to.deep.equal(['A']);
    }
    const [[own]] = await knex.raw('show create table own');
    expect(own['Create Table']).to.include('CHARSET=latin1');
  });

  onMariadb('warn of a server that may lose commits', async () => {
    const database = await open({ url: await fresh() });
    expect(database.warnings.join()).to.include('innodb_flush_log_at_trx_commit is 0');
  });

  onMariadb('are replaced when the server kills them, and the unit starts over', async () => {
    const database = await openMigrated({ url: await fresh(), poolSize: 2 });
    const killer = await open({ url: await fresh() });
    const attempts: number[] = [];
    await database.unitOfWork(async (unit) => {
      attempts.push(unit.attempt);
      await database.write(database.knex('visit').insert({ label: `try ${unit.attempt}` }), unit);
      const [row] = await database.query<{ id: number }>(database.knex.raw('select connection_id() as id'), unit);
      if (unit.attempt === 1) await killer.knex.raw(`kill ${row?.id}`);
      await database.query(database.knex('visit'), unit);
    });
    expect(attempts).to.deep.equal([1, 2]);
    expect(await database.knex('visit').pluck('label')).to.deep.equal(['try 2']);
  });

  onMariadb(
    'are cut when the server does not answer in time, so that no late answer is taken for another',
    async () => {
      const raw = mysql.createConnection(await fresh());
      raw.on('error', () => {});
      const limits = { ...timeLimits, silence: 200, statement: 1_000 };
      await promisify(raw.connect.bind(raw))();
      const connection = new MysqlConnection(raw, { release() {}, silent() {}, failed() {} }, limits);
      expect(await connection.first('select 1 as answer', [])).to.deep.equal({ answer: 1 });
      const late = await refusal(() => connection.first('select sleep(5) as answer', []));
      const next = await refusal(() => connection.first('select 2 as answer', [])).finally(() => raw.destroy());
      expect([late, next].map(databaseFault)).to.deep.equal([{ kind: 'connection' }, { kind: 'connection' }]);
    },
  );

  onMariadb('start over after a true deadlock', async () => {
    const database = await openMigrated({ url: await fresh() });
    await database.knex('visit').insert([
      { id: 1, label: 'a' },
      { id: 2, label: 'b' },
    ]);
    const attempts: number[] = [];
    const touch = (id: number) =>
      database
        .knex('visit')
        .where({ id })
        .update({ count: database.knex.raw('count + 1') });
    let inside = 0;
    let bothInside: () => void = () => {};
    const meeting = new Promise<void>((resolve) => {
      bothInside = resolve;
    });
    const cross = (first: number, second: number) =>
      database.unitOfWork(async (unit) => {
        attempts.push(unit.attempt);
        await database.write(touch(first), unit);
        inside += 1;
        if (inside === 2) bothInside();
        await meeting;
        await database.write(touch(second), unit);
      });
    await Promise.all([cross(1, 2), cross(2, 1)]);
    expect(attempts).to.deep.equal([1, 1, 2]);
    expect(await database.knex('visit').pluck('count')).to.deep.equal([2, 2]);
  });

  it('say what is wrong: no server listens, a URL of another form', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    const refused = await refusal(() => openDatabase({ url: `mysql://root:geheim@127.0.0.1:${port}/x` }));
    expect(databaseFault(refused)).to.deep.equal({ kind: 'connection' });
    const wrong = [
      'postgres://x',
      'mysql://root:geheim@127.0.0.1/',
      'mysql://127.0.0.1/geheim',
      'mysql://root:geheim@h/x?ssl=1',
      'mysql://root:geheim@h/x?tls=maybe',
      'mysql://root:geheim@[',
      'sqlite:',
      'sqlite::memory:',
    ];
    for (const url of wrong) {
      const error = await refusal(() => openDatabase({ url }));
      expect(error, url).to.be.instanceOf(TypeError);
      expect(String(error)).to.not.include('geheim');
    }
  });

  it('never send the password in clear, though the server asks for it', async () => {
    const received: Buffer[] = [];
    const server = createServer((socket) => {
      socket.write(handshake);
      socket.once('data', () => socket.write(cleartextRequest));
      socket.on('data', (data) => received.push(data));
      socket.on('error', () => {});
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const error = await refusal(() => openDatabase({ url: `mysql://root:geheim@127.0.0.1:${port}/x` }));
    server.close();
    expect(databaseFault(error)).to.deep.equal({ kind: 'denied' });
    expect(received).to.not.have.length(0);
    expect(Buffer.concat(received).includes('geheim')).to.equal(false);
  });
});

/** MySQL packets of a server that greets (protocol 10) and then switches to `mysql_clear_password`. */
const handshake = packet(
  0,
  Buffer.concat([
    Buffer.from('\x0a8.0.40\0\x01\0\0\0saltsalt\0', 'latin1'),
    Buffer.from([0xff, 0xf7, 45, 2, 0, 0xff, 0x81, 21, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
    Buffer.from('saltsaltsalt\0mysql_native_password\0', 'latin1'),
  ]),
);
const cleartextRequest = packet(2, Buffer.from('\xfemysql_clear_password\0\0', 'latin1'));

function packet(sequence: number, payload: Buffer): Buffer {
  return Buffer.concat([Buffer.from([payload.length, 0, 0, sequence]), payload]);
}
