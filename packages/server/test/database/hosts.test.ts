/** Several hosts of a database: the first that can be used is, by every instance; what is lost with one is told. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { testDatabases } from '@palestra/server/testing';
import { expect } from 'chai';
import { isOutcomeUnknown } from '../../src/database/errors.js';
import type { HostTimes } from '../../src/database/mysql-hosts.js';
import { nameOf, parseMysqlUrl } from '../../src/database/mysql-url.js';
import { timeLimits } from '../../src/database/time-limits.js';
import type { Database, DatabaseOptions } from '../../src/database/types.js';
import { createMetrics } from '../../src/metrics/index.js';
import { createPalestraCommand } from '../cli/palestra.js';
import { closeAll, open, openMigrated, refusal } from './fixture.js';
import { startTcpProxy, type TcpProxy } from './tcp-proxy.js';

describe('a DATABASE_URL with several hosts', () => {
  const hostsOf = (url: string) => parseMysqlUrl(url).hosts.map(nameOf);

  it('keeps their order, and 3306 is their port unless they have one', () => {
    expect(hostsOf('mysql://u:p@db-1:3307,10.0.0.2,[::1]:3308,[fe80::2]/club')).to.deep.equal([
      'db-1:3307',
      '10.0.0.2:3306',
      '[::1]:3308',
      '[fe80::2]:3306',
    ]);
  });

  it('takes a password with every character, percent-encoded or not, but / ? and #', () => {
    const { user, password, database, tls } = parseMysqlUrl('mysql://a%40b:p@,:%2F%3F%23%25w@a,b/club%20x?tls=on');
    expect({ user, password, database, tls }).to.deep.equal({
      user: 'a@b',
      password: 'p@,:/?#%w',
      database: 'club x',
      tls: true,
    });
    expect(parseMysqlUrl('mysql://root@a/club').password).to.equal('');
  });

  const places: readonly (readonly [list: string, says: RegExp])[] = [
    ['a,,c', /^DATABASE_URL: host 2 of its 3 is empty\./],
    ['a,b:0', /^DATABASE_URL: host 2 of its 2 has no port from 1 to 65535\./],
    ['a:65536,b', /^DATABASE_URL: host 1 of its 2 has no port/],
    ['a:3306:1', /^DATABASE_URL: its host has no port/],
    ['a,b c', /^DATABASE_URL: host 2 of its 2 is no host name/],
    ['a,::1', /^DATABASE_URL: host 2 of its 2 is no host name or address; an IPv6 address is written in brackets\./],
    ['a,[::g]', /^DATABASE_URL: host 2 of its 2 is no host name/],
    ['a,b,a:3306', /^DATABASE_URL: host 3 of its 3 is the same as host 1\./],
  ];
  for (const [list, says] of places) {
    it(`refuses ${list}, and says where`, () => {
      expect(() => parseMysqlUrl(`mysql://u:hunter2@${list}/club`))
        .to.throw(TypeError, says)
        .with.property('message')
        .that.does.not.contain('hunter2');
    });
  }
});

const times: HostTimes = { every: 50, answer: 150, hold: 600, mostHold: 2_000 };
const limits = { ...timeLimits, silence: 1_000, connect: 500, acquire: 1_500, ping: 200 };

const [, mariadb] = testDatabases();
const describeWhereIs = mariadb?.missing ? describe.skip : describe;

describeWhereIs(`several hosts of a database${mariadb?.missing ? ` (${mariadb.missing})` : ''}`, function () {
  this.timeout(30_000);
  let direct: Database;
  let proxies: TcpProxy[];
  let options: DatabaseOptions;

  /** The same server behind three lines, each of which can be cut. */
  beforeEach(async () => {
    const url = (await mariadb?.fresh()) ?? '';
    direct = await openMigrated({ url });
    proxies = await Promise.all([1, 2, 3].map(() => startTcpProxy(url)));
    const list = proxies.map((proxy) => new URL(proxy.url).host).join();
    options = { url: url.replace(/@[^/]+/, `@${list}`), poolSize: 3, timeLimits: limits, hostTimes: times };
  });
  afterEach(async () => {
    await closeAll();
    await Promise.all(proxies.map((proxy) => proxy.close().catch(() => undefined)));
  });

  const inUse = (database: Database) => database.hosts().list.findIndex((host) => host.inUse);
  const labels = () => direct.knex('visit').orderBy('id').pluck('label');
  const insertInto = (database: Database) =>
    database.statement((knex, parameter) => knex('visit').insert(parameter.each(['label'])));

  async function until(condition: () => boolean | Promise<boolean>): Promise<number> {
    const begun = performance.now();
    while (!(await condition())) {
      if (performance.now() - begun > 15_000) throw new Error('The expected state was not reached within 15 s.');
      await sleep(10);
    }
    return performance.now() - begun;
  }

  it('opens the first that answers, and says what is wrong with the others', async () => {
    await proxies[0]?.close();
    proxies[1]?.swallow();
    const database = await open(options);
    const { list, moves } = database.hosts();
    expect(list.map(({ inUse: used, fault }) => [used, fault])).to.deep.equal([
      [false, 'ECONNREFUSED'],
      [false, 'no answer'],
      [true, undefined],
    ]);
    expect(moves).to.equal(0);
    expect(await database.ping()).to.equal(true);
  });

  it('leaves a host that is gone at once, one that is silent soon, and all instances take the same', async () => {
    const instances = [await open(options), await open(options)];
    const writeAll = async (label: string) => {
      for (const [at, each] of instances.entries()) {
        await each.unitOfWork((unit) => insertInto(each).run({ label: `${label}${at}` }, unit));
      }
    };
    await proxies[0]?.close();
    await writeAll('b');
    expect(instances.map(inUse)).to.deep.equal([1, 1]);
    proxies[1]?.swallow();
    await until(() => instances.every((database) => inUse(database) === 2));
    await writeAll('c');
    expect(await labels()).to.deep.equal(['b0', 'b1', 'c0', 'c1']);
  });

  it('runs a unit again on the next host, and never a COMMIT whose answer was lost', async () => {
    const [first] = proxies;
    const cutAt = { sql: '', phase: '' };
    const database = await open({
      ...options,
      intercept: (sql, phase) => {
        if (sql.startsWith(cutAt.sql) && phase === cutAt.phase) first?.swallow();
      },
    });
    const insert = insertInto(database);
    const attempts: number[] = [];
    const unit = (label: string) =>
      database.unitOfWork(async (open) => {
        attempts.push(open.attempt);
        await insert.run({ label }, open);
      });
    Object.assign(cutAt, { sql: 'COMMIT', phase: 'before' });
    const lost = await refusal(() => unit('unknown'));
    expect(isOutcomeUnknown(lost), String(lost)).to.equal(true);
    expect(attempts).to.deep.equal([1]);
    expect(inUse(database)).to.equal(1);
    Object.assign(cutAt, { sql: 'nothing', phase: '' });
    await unit('known');
    expect(await labels()).to.deep.equal(['known']);

    first?.heal();
    await until(() => inUse(database) === 0);
    attempts.length = 0;
    Object.assign(cutAt, { sql: 'insert', phase: 'before' });
    await unit('again');
    expect(attempts.length).to.be.above(1);
    expect(await labels()).to.deep.equal(['known', 'again']);
  });

  it('returns to the preferred host when it has been well for a while, later each time it is lost again', async () => {
    const database = await open(options);
    const [first] = proxies;
    const awayMs: number[] = [];
    for (let time = 0; time < 2; time++) {
      first?.swallow();
      await until(() => inUse(database) === 1);
      first?.heal();
      awayMs.push(await until(() => inUse(database) === 0));
    }
    expect(awayMs[0]).to.be.at.least(times.hold * 0.9);
    expect(awayMs[1]).to.be.at.least(times.hold * 1.8);
    expect(database.hosts().moves).to.equal(4);
    expect(await database.ping()).to.equal(true);
  });

  it('is not ready while no host can be used, and says so by each', async () => {
    const database = await open(options);
    for (const proxy of proxies) proxy.swallow();
    await until(async () => !(await database.ping()));
    await until(() => database.hosts().list.every(({ fault }) => fault !== undefined));
    for (const proxy of proxies) proxy.heal();
    await until(() => database.ping());
  });

  it('is given the password, whatever it consists of', async () => {
    const password = 'p@:,/?#% ä';
    const user = `club_${Date.now()}`;
    await direct.knex.raw(`CREATE USER '${user}'@'%' IDENTIFIED BY '${password}'`);
    await direct.knex.raw(`GRANT ALL ON *.* TO '${user}'@'%'`);
    const url = ('url' in options ? options.url : '').replace(
      /root(:[^@]*)?@/,
      `${user}:${encodeURIComponent(password)}@`,
    );
    await proxies[0]?.close();
    const database = await open({ ...options, url });
    expect(inUse(database)).to.equal(1);
    expect(await database.knex('visit').pluck('label')).to.deep.equal([]);
    const wrong = await refusal(() => open({ ...options, url: url.replace(/:[^@/]*@/, ':wrong@') }));
    expect(wrong).to.have.property('code', 'ER_ACCESS_DENIED_ERROR');
  });

  it('are shown by doctor and by the metrics', async () => {
    await proxies[0]?.close();
    const database = await open(options);
    const [lost, used] = database.hosts().list.map(({ name }) => name);
    const text = await metricsOf(database);
    expect(text).to.contain(`palestra_database_host_in_use{host="${used}"} 1`);
    expect(text).to.contain(`palestra_database_host_in_use{host="${lost}"} 0`);
    expect(text).to.contain(`palestra_database_host_usable{host="${lost}"} 0`);
    expect(text).to.contain('palestra_database_failovers_total 0');

    const dataDir = mkdtempSync(join(tmpdir(), 'palestra-hosts-'));
    const url = 'url' in options ? options.url : '';
    const [palestra, remove] = await createPalestraCommand({ dataDir, database: url });
    const { stdout } = await palestra(['doctor']).finally(remove);
    rmSync(dataDir, { recursive: true });
    expect(stdout).to.contain(`warn  database: ${lost} cannot be used: ECONNREFUSED\n`);
    expect(stdout).to.contain(`ok    database: ${used} is in use\n`);
  });
});

async function metricsOf(database: Database): Promise<string> {
  const metrics = createMetrics({ count: 0 });
  metrics.counting(database);
  return metrics.text();
}
