/** `docs/database.md` names every table, and its queries run as they are printed. */
import { describeOnEachDatabase, startTestHost, type TestHost } from '@palestra/server/testing';
import { expect } from 'chai';
import { plugins } from '../palestra.config.js';
import { textOf } from './deploy/files.js';

const guide = textOf('docs/database.md');
const queries = (language: string) =>
  [...guide.matchAll(/^```(\w+)\n([^`]+)^```$/gm)].filter(([, of]) => of === language).map(([, , sql = '']) => sql);

describeOnEachDatabase('the guide of the database', (fresh, name) => {
  let host: TestHost;
  before(async function () {
    this.timeout(60_000);
    host = await startTestHost({ plugins, database: await fresh() });
  });
  after(() => host.stop());

  const run = async (sql: string): Promise<Record<string, unknown>[]> => {
    const answer = await host.palestra.database().knex.raw(sql.replace(/;\s*$/, ''));
    return name === 'SQLite' ? answer : answer[0];
  };

  it('names the tables that there are, each once', async () => {
    const all = name === 'SQLite' ? "SELECT name FROM sqlite_master WHERE type = 'table'" : 'SHOW TABLES';
    const tables = (await run(all))
      .map((row) => String(Object.values(row)[0]))
      .filter((table) => table !== 'sqlite_sequence');
    const rows = guide.slice(guide.indexOf('## Tables'), guide.indexOf('## Queries')).matchAll(/^\| (`.*?) \|/gm);
    const named = [...rows].flatMap(([, cell = '']) => [...cell.matchAll(/`(\w+)`/g)].map(([, table]) => table));
    expect(named.sort()).to.deep.equal(tables.sort());
  });

  it('has queries that run', async () => {
    const portable = queries('sql');
    expect(portable).to.have.length.above(6);
    for (const sql of portable) expect(await run(sql), sql).to.be.an('array');
    if (name === 'MariaDB') for (const sql of queries('mysql')) expect(await run(sql), sql).to.have.length.above(20);
  });
});
