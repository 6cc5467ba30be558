/** A server that can read and not write says so, at its start and later. */
import { gym } from '@palestra/plugin-gym';
import { describeOnEachDatabase, startTestHost } from '@palestra/server/testing';
import { expect } from 'chai';
import mysql from 'mysql2/promise';

/** Whether writes are refused from now on, by the database itself. */
type Switch = (refused: boolean) => Promise<void>;

describeOnEachDatabase('a database that takes no writes', (fresh, name) => {
  let url: string;
  beforeEach(async () => {
    url = await fresh();
  });

  /** SQLite: its writer becomes read-only. MariaDB: the server does, as a replica is. */
  function createSwitch(handleOf: () => Promise<{ pragma(sql: string): unknown }>): Switch {
    if (name === 'SQLite') {
      return async (refused) => void (await handleOf()).pragma(`query_only = ${refused ? 'ON' : 'OFF'}`);
    }
    return async (refused) => {
      const admin = await mysql.createConnection({ uri: url });
      await admin.query(`SET GLOBAL read_only = ${refused ? 'ON' : 'OFF'}`);
      await admin.end();
    };
  }

  it('makes the server not ready from the first refused write on, until one succeeds', async () => {
    const host = await startTestHost({ plugins: [gym], database: await ownUser(url) });
    const { knex } = host.palestra.database();
    const refuse = createSwitch(async () => {
      const handle = await knex.client.acquireConnection();
      await knex.client.releaseConnection(handle);
      return handle;
    });
    const { token } = await host.account('coach');
    const create = async () =>
      (await host.operate('/api/gym', token, 'create', { name: `Iron ${Math.random()}` })).status;
    const ready = async () => (await host.request('GET', '/readyz')).status;
    try {
      expect(await ready()).to.equal(200);
      await refuse(true);
      expect(await ready(), 'nothing was written yet').to.equal(200);
      expect(await create()).to.equal(503);
      expect(await ready()).to.equal(503);
      expect((await host.request('GET', '/api/discovery/gym')).status).to.equal(200);
      expect(await ready()).to.equal(503);
      await refuse(false);
      expect(await ready()).to.equal(200);
      expect(await create()).to.equal(201);
    } finally {
      await refuse(false);
      await host.stop();
    }
  });
  it('does not start', async () => {
    const first = await startTestHost({ plugins: [gym], database: url });
    const { dataDir } = first;
    await first.palestra.stop();
    const readOnly = (sql: string) => {
      if (/^(insert|update|delete)/i.test(sql))
        throw Object.assign(new Error('read-only'), { code: 'SQLITE_READONLY' });
    };
    const refused = await startTestHost({ plugins: [gym], database: url, dataDir, intercept: readOnly }).catch(
      (error: Error) => error,
    );
    expect(refused).to.be.instanceOf(Error).with.property('message', 'read-only');
    await first.stop();
  });
});

/** A user without the right to write to a read-only server, as `root` has it. */
async function ownUser(url: string): Promise<string> {
  if (!url.startsWith('mysql:')) return url;
  const admin = await mysql.createConnection({ uri: url });
  const database = new URL(url).pathname.slice(1);
  await admin.query("CREATE USER IF NOT EXISTS 'club'@'%' IDENTIFIED BY 'test-only'");
  await admin.query(`GRANT ALL ON ${database}.* TO 'club'@'%'`);
  await admin.end();
  const own = new URL(url);
  own.username = 'club';
  own.password = 'test-only';
  return own.href;
}
