/** Many long lists at once are made in pieces, and no two pieces are made in one turn of the event loop. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { streamed } from '@palestra/core';
import { expect } from 'chai';
import { migrate } from '../../src/database/migrate.js';
import type { Database } from '../../src/database/types.js';
import { createPlan } from '../../src/resource/compile-plan.js';
import { createSelector, type Page } from '../../src/resource/select.js';
import { describeOnEachDatabase } from '../../src/testing/databases.js';
import { startTestHost, type TestHost } from '../../src/testing/index.js';
import { closeAll, open } from '../database/fixture.js';
import { contractOf, smallPlugin } from '../host/small-plugin.js';
import { type Description, describeLocker, lockerFields, migrationsOf } from './described-plugin.js';

/** Without accounts. */
const locker: Description = { required: ['name'], properties: { name: lockerFields.name } };

const lists = 6;

/** Milliseconds: longer than all that may begin in one turn. */
const pieceMs = 4;

function compute(): void {
  for (const end = performance.now() + pieceMs; performance.now() < end; );
}

/** Counts turns of the event loop until `ended`. */
function countTurns() {
  const counter = { turns: 0, ended: false };
  const count = () => {
    counter.turns += 1;
    if (!counter.ended) setImmediate(count);
  };
  setImmediate(count);
  return counter;
}

describeOnEachDatabase('the pages of long lists', (fresh, name) => {
  const { facts } = describeLocker(locker);
  const plan = createPlan(facts, {});
  const count = 2_000;
  let database: Database;
  let around: (phase: 'before' | 'after') => unknown = () => undefined;
  before(async () => {
    const isOfList = /^select .* from [`"]?locker.* order by/i;
    const intercept = async (sql: string, phase: 'before' | 'after') => {
      if (isOfList.test(sql)) await around(phase);
    };
    database = await open({ url: await fresh(), intercept });
    await migrate(database, [{ plugin: 'locker', migrations: migrationsOf(locker) }]);
    const row = (at: number) => ({ name: `Locker ${at}`, name_folded: `locker ${at}`, created_at: 1, updated_at: 1 });
    await database.knex.batchInsert(
      'locker',
      Array.from({ length: count }, (_, at) => row(at)),
      100,
    );
  });
  after(closeAll);
  beforeEach(() => {
    around = () => undefined;
  });

  /** The first pages of lists that each begin somewhere else. */
  const begin = (): Promise<Page[]> => {
    const selector = createSelector(database, plan, ['id', 'name']);
    const first = (after: number) => selector.page({ conditions: [], find: Number.POSITIVE_INFINITY, after });
    return Promise.all(Array.from({ length: lists }, (_, at) => first(at)));
  };
  const rest = async ({ rows, next }: Page): Promise<number> => rows.length + (next ? await rest(await next()) : 0);
  const expected = Array.from({ length: lists }, (_, at) => count - at);

  if (name === 'SQLite') {
    it('are read in a turn of the event loop each', async () => {
      const first = await begin();
      const counter = countTurns();
      const turnOf: number[] = [];
      around = (phase) => {
        if (phase === 'after') return;
        turnOf.push(counter.turns);
        compute();
      };
      expect(await Promise.all(first.map(rest))).to.deep.equal(expected);
      counter.ended = true;
      expect(turnOf.length).to.be.greaterThan(4 * lists);
      expect(new Set(turnOf).size).to.equal(turnOf.length);
    });
  } else {
    it('are asked for two at a time, since a turn reads what comes from all connections', async () => {
      const first = await begin();
      let [underWay, most, pages] = [0, 0, 0];
      around = (phase) => {
        underWay += phase === 'before' ? 1 : -1;
        most = Math.max(most, underWay);
        pages += 1;
        return nextTurn();
      };
      expect(await Promise.all(first.map(rest))).to.deep.equal(expected);
      expect(pages).to.be.greaterThan(4 * lists);
      expect(most).to.equal(2);
    });
  }
});

describe('lists that a plugin streams', () => {
  const chunks = 5;
  let host: TestHost;
  const turnOf: number[] = [];
  const counter = countTurns();
  let closed = 0;

  async function* made(): AsyncGenerator<number[]> {
    try {
      for (let chunk = 0; chunk < chunks; chunk++) {
        await null;
        turnOf.push(counter.turns);
        compute();
        yield [chunk];
      }
    } finally {
      closed += 1;
    }
  }

  before(async () => {
    const list = { schema: { type: 'array' } } as const;
    const responses = { 200: { description: 'Numbers.', content: { 'application/json': list } } };
    const plugin = smallPlugin(
      'numbers',
      { contract: contractOf('numbers', { responses }) },
      { handler: () => streamed(made()) },
    );
    host = await startTestHost({ plugins: [plugin], checkAnswers: false });
  });
  after(async () => {
    counter.ended = true;
    await host.stop();
  });

  it('are made in a turn of the event loop each, however many are sent at once', async () => {
    const answers = await Promise.all(Array.from({ length: lists }, () => host.request('GET', '/api/numbers')));
    for (const { text } of answers) expect(text).to.equal('[0,1,2,3,4]');
    expect(turnOf).to.have.length(lists * chunks);
    expect(new Set(turnOf).size).to.equal(lists * chunks);
    expect(closed).to.equal(lists);
  });
});
