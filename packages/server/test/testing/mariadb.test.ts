/** The private MariaDB of tests: gone when it is stopped, and one clear failure when it cannot start. */
import { existsSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { hasMariadb, startMariadb } from '@palestra/server/testing';
import { expect } from 'chai';
import mysql from 'mysql2/promise';

const folders = () => readdirSync(tmpdir()).filter((name) => name.startsWith('palestra-mariadb-'));

describe(`a private MariaDB${hasMariadb() ? '' : ' (MariaDB is not installed)'}`, () => {
  before(function () {
    if (!hasMariadb() && process.env.REQUIRE_ALL !== '1') this.skip();
  });

  it('serves databases, and leaves nothing behind', async () => {
    const before = new Set(folders());
    const server = (await startMariadb()) ?? expect.fail('not installed');
    const connection = await mysql.createConnection(await server.createDatabase());
    expect((await connection.query('SELECT 1 AS one'))[0]).to.deep.equal([{ one: 1 }]);
    const [[{ folder }]] = (await connection.query('SELECT @@tmpdir AS folder')) as unknown as [[{ folder: string }]];
    expect(before.has(folder.split('/').at(-1) ?? ''), 'its own folder').to.equal(false);
    await connection.end();
    await server.stop();
    expect(existsSync(folder)).to.equal(false);
  });

  it('says at once, with the end of its log, that it does not start', async () => {
    const began = performance.now();
    const failure = await startMariadb({ daemon: ['--no-such-option=1'] }).catch((error: Error) => error);
    expect(failure).to.be.instanceOf(Error);
    expect((failure as Error).message)
      .to.match(/^MariaDB ended with \d+ before it was ready:\n/)
      .and.include("unknown variable 'no-such-option=1'");
    expect(performance.now() - began, 'it does not wait').to.be.below(25_000);
  });
});
