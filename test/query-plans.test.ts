/** No request that many may send reads a whole table or sorts what it read: the plan of each of its statements says so. */
import { gym } from '@palestra/plugin-gym';
import { merchandise } from '@palestra/plugin-merchandise';
import { describeOnEachDatabase, startTestHost, type TestHost } from '@palestra/server/testing';
import { expect } from 'chai';
import * as benchmark from '../benchmarks/harness/databases.js';
import { fillGyms, fillMerchandise } from '../benchmarks/harness/rows.js';
import { openDatabase } from '../packages/server/src/database/connect.js';
import { createTextIndex } from '../packages/server/src/database/create-text-index.js';
import type { Database } from '../packages/server/src/database/types.js';

const rows = 3_000;
const idOf = (id: number): string => String(id).padStart(12, '0');
const tables = /\b(gym|merchandise)(_trigrams(_pending)?)?\b/;
/** What `contains` and keywords are looked for in: a host of the tests makes no index of texts. */
const searched = {
  gym: ['name', 'address', 'detail', 'email', 'services', 'equipments'].map((each) => `${each}_folded`),
  merchandise: ['name', 'tag', 'summary', 'detail'].map((each) => `${each}_folded`),
};

/** What a comparison of a column is tried with. */
const values: Record<string, string | number> = {
  id: 40,
  id_until: 2_088,
  gym_id: 1,
  name: 'Gym 7',
  available: 1,
  limit: 20,
  gym_trigrams: '{name_folded} : ("gym")',
  merchandise_trigrams: '{name_folded} : ("ten")',
};

/** Of an index of texts too, where it is asked for no text. */
const wholeTable = /^SCAN (gym|merchandise)\b|^SCAN \w+_trigrams VIRTUAL TABLE INDEX \d+:$|TEMP B-TREE/;

/** A value for each placeholder, by the column before it. */
function valuesOf(sql: string): (string | number)[] {
  return [...sql.matchAll(/\?/g)].map(({ index }) => {
    const before = sql.slice(0, index);
    const [, column = '', comparison] = /(\w+)`? ?(<=|>=|<|>|=|match|in \((?:\?, ?)*)? ?$/i.exec(before) ?? [];
    return (comparison?.startsWith('<') ? values[`${column}_until`] : undefined) ?? values[column] ?? 0;
  });
}

interface MysqlPlan {
  readonly table: string | null;
  readonly type: string;
  readonly Extra: string;
}

/** What a plan says of our tables that it should not. */
async function faultsOf({ knex }: Database, kind: string, sql: string): Promise<string[]> {
  if (kind === 'SQLite') {
    const plan = (await knex.raw(`explain query plan ${sql}`, valuesOf(sql))) as { detail: string }[];
    return plan.map(({ detail }) => detail).filter((detail) => wholeTable.test(detail));
  }
  const [plan] = (await knex.raw(`explain ${sql}`, valuesOf(sql))) as unknown as [MysqlPlan[]];
  return plan
    .filter(({ table }) => tables.test(table ?? ''))
    .filter(({ type, Extra }) => type === 'ALL' || type === 'index' || /filesort|temporary/.test(Extra ?? ''))
    .map(({ table, type, Extra }) => `${table} ${type} ${Extra}`);
}

describeOnEachDatabase('the plans of statements', (fresh, name) => {
  const sent = new Set<string>();
  let runs = 0;
  let host: TestHost;
  let database: Database;
  let token: string;
  before(async function () {
    this.timeout(60_000);
    const url = await fresh();
    const intercept = (sql: string) => {
      if (!tables.test(sql) || !/^\(?select/i.test(sql)) return;
      sent.add(sql);
      runs += 1;
    };
    host = await startTestHost({ plugins: [gym, merchandise], database: url, intercept });
    ({ token } = await host.account('dba'));
    const filled = await benchmark.openDatabase(url);
    await fillGyms(filled, rows);
    await fillMerchandise(filled, rows);
    await filled.close();
    database = await openDatabase({ url });
    const cells = await database.knex('gym').pluck('geo_location_cell').orderBy('geo_location_cell');
    // Those of a thirtieth of all gyms.
    values.geo_location_cell = cells[rows / 2];
    values.geo_location_cell_until = cells[rows / 2 + rows / 30];
    for (const [table, columns] of Object.entries(searched)) {
      await createTextIndex(database, table, columns).build(() => false);
    }
  });
  after(async () => {
    await host.stop();
    await database.close();
  });

  const envelope = (resource: string, data: object) => host.operate(`/api/${resource}`, token, 'query', data);
  const get = (path: string) => host.request('GET', path, { token });
  const several = async (paths: readonly string[]) => {
    const answers = await Promise.all(paths.map(get));
    return { status: Math.max(...answers.map(({ status }) => status)) };
  };
  const severalPages = async (after: readonly number[]) => {
    const answers = await Promise.all(after.map((id) => envelope('gym', { after: idOf(id), find: 20 })));
    return { status: Math.max(...answers.map(({ status }) => status)) };
  };
  const requests: readonly (readonly [what: string, send: () => Promise<{ readonly status: number }>])[] = [
    ['one by key', () => get(`/api/gym/${idOf(7)}`)],
    ['several by key', () => several([1, 2, 3, 4, 5].map((id) => `/api/gym/${idOf(id)}`))],
    ['a late page', () => envelope('gym', { after: idOf(2_900), find: 20 })],
    ['several pages', () => severalPages([40, 400, 1_400, 2_400, 2_900])],
    ['a name', () => envelope('gym', { name: { equals: 'Gym 7' } })],
    ['20 of a gym that has 5 % of all', () => envelope('merchandise', { gym: { equals: idOf(1) }, find: 20 })],
    ['gyms by distance', () => get('/api/discovery/gym?near=13.0550,47.8095&find=20')],
    ['gyms from an ocean away', () => get('/api/discovery/gym?near=-30,0&find=20')],
    ['gyms behind another', () => get(`/api/discovery/gym?near=13,47&find=20&after=${idOf(9)}`)],
    ['merchandise by distance', () => get('/api/discovery/merchandise?near=13.0550,47.8095&find=20')],
    ['merchandise of a gym', () => get(`/api/discovery/merchandise?gym=${idOf(1)}&find=20`)],
  ];
  const texts: typeof requests = [
    ['a text in a name', () => envelope('gym', { name: { contains: 'Gym 277' }, find: 20 })],
    ['a text that is nowhere', () => envelope('merchandise', { name: { contains: 'nowhere' }, find: 20 })],
    ['a keyword that few have', () => get('/api/discovery/gym?keyword=gym%201999&find=20')],
    ['a keyword that few have, by distance', () => get('/api/discovery/gym?keyword=gym%20277&near=13,47.8')],
  ];
  for (const [what, send] of [...requests, ...texts]) {
    it(`take an index for ${what}`, async () => {
      sent.clear();
      expect((await send()).status).to.equal(200);
      expect(sent.size).to.be.greaterThan(0);
      if (texts.some(([each]) => each === what)) {
        const asked = name === 'SQLite' ? /_trigrams.* match /i : /_trigrams.* `piece` in /i;
        expect([...sent].filter((sql) => asked.test(sql))).to.have.length(1);
      }
      for (const sql of sent) expect(await faultsOf(database, name, sql), sql).to.deep.equal([]);
    });
  }

  if (name === 'SQLite') {
    it('are one, which looks at the first rows, for a text that many of them have', async () => {
      for (const [send, found] of [
        [() => get('/api/discovery/gym?keyword=wien&find=20'), 20],
        [() => envelope('gym', { name: { contains: 'Gym' }, find: 100 }), 100],
      ] as const) {
        sent.clear();
        expect((await send()).body.data).to.have.length(found);
        expect([...sent].filter((sql) => /`(gym|gym_trigrams)`/.test(sql))).to.have.length(1);
      }
    });

    it('look at rows for a text that some of them have, where the index would name many more than are asked for', async () => {
      for (const part of ['37', '77', '10']) {
        sent.clear();
        expect((await envelope('gym', { name: { contains: part }, find: 20 })).body.data).to.have.length(20);
        expect([...sent].filter((sql) => /_trigrams/.test(sql))).to.deep.equal([]);
      }
    });
  }

  if (name === 'MariaDB') {
    it('read other columns than those compared only of rows that were found, by their id', async () => {
      sent.clear();
      expect((await envelope('gym', { name: { contains: '77' }, find: 20 })).body.data).to.have.length(20);
      expect(sent.size).to.equal(1);
      const [sql = ''] = sent;
      const [plan] = (await database.knex.raw(`explain ${sql}`, valuesOf(sql))) as unknown as [MysqlPlan[]];
      expect(plan.map(({ table, type }) => [table, type])).to.deep.equal([
        ['looked_at', 'range'],
        ['gym', 'eq_ref'],
      ]);
    });
  }

  const ring = 'near=13.0550,47.8095&min=120000&max=160000';
  for (const [what, keyword, points] of [
    ['gym', 'Gym 77', ['near=13.0550,47.8095', ring, 'near=-30,0']],
    ['merchandise', 'classes 77', [ring]],
  ] as const) {
    it(`are few for a keyword in ${what} by distance, and find what is found by going from place to place`, async () => {
      const named = async (path: string) => {
        const { body } = (await get(`/api/discovery/${what}?${path}`)) as {
          body: { data: { _id: string; name: string; distance: number }[] };
        };
        return body.data.filter((each) => each.name.includes(keyword));
      };
      const searched = `keyword=${encodeURIComponent(keyword)}`;
      for (const near of points) {
        runs = 0;
        const found = await named(`${searched}&${near}`);
        // Of merchandise one for each place where something was found, and what tells that these are all.
        expect(runs).to.be.below(what === 'gym' ? (name === 'SQLite' ? 20 : 30) : 50);
        expect(found.length).to.be.within(1, 11);
        expect(found).to.deep.equal(await named(near));
        const rest = await named(`${searched}&${near}&after=${found[1]?._id}`);
        expect(rest).to.deep.equal(found.slice(2));
      }
      runs = 0;
      expect(await named('keyword=nowhere&near=13,47')).to.deep.equal([]);
      expect(runs).to.be.below(15);
    });
  }

  it('are few for a keyword that many have, by distance: as many places are looked at as should be needed', async () => {
    const near = '/api/discovery/gym?near=13.0550,47.8095';
    const answer = async (path: string) => (await get(path)) as { body: { data: { address: string }[] } };
    const all = await answer(near);
    const linz = all.body.data.filter(({ address }) => address.includes('Linz'));
    await answer(`${near}&keyword=Linz&find=20`);
    runs = 0;
    expect((await answer(`${near}&keyword=Linz&find=20`)).body.data).to.deep.equal(linz.slice(0, 20));
    // Before and after each: the last id, a sample, cells, places. SQLite takes more for the sample on a slow machine.
    expect(runs).to.be.at.most(name === 'SQLite' ? 24 : 10);
    expect((await answer(`${near}&keyword=Linz`)).body.data).to.deep.equal(linz);
  });

  it('are few for what is sold nearest, where each gym sells little: several gyms share one on a server', async () => {
    const near = '/api/discovery/merchandise?near=13.0550,47.8095&min=10&find=20';
    await get(near);
    runs = 0;
    const { body } = (await get(near)) as { body: { data: object[] } };
    expect(body.data).to.have.length(20);
    // Before and after each: ten on a server, where 20 gyms alone would be 20.
    expect(runs).to.be.at.most(name === 'SQLite' ? 80 : 24);
  });
});
