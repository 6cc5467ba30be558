/** A refresh that fails at any statement spends nothing, and one whose reply was lost gives the same pair again. */
import { describeOnEachDatabase, startTestHost, type TestHost } from '@palestra/server/testing';
import { expect } from 'chai';
import { createClock, member, refresh, statusOf } from './fixture.js';

describeOnEachDatabase('a refresh under faults', (fresh) => {
  const clock = createClock();
  let host: TestHost;
  let fail: ((sql: string, phase: 'before' | 'after') => boolean) | undefined;

  before(async function () {
    this.timeout(60_000);
    host = await startTestHost({
      plugins: [],
      database: await fresh(),
      clock,
      intercept: (sql, phase) => {
        if (fail?.(sql, phase)) throw new Error(`a fault ${phase} ${sql}`);
      },
    });
  });
  after(() => host.stop());
  afterEach(() => {
    fail = undefined;
  });

  /** The statements of one refresh. */
  async function statementsOfRefresh(): Promise<string[]> {
    const { refresh_token } = await member(host);
    const seen: string[] = [];
    fail = (sql, phase) => {
      if (phase === 'before') seen.push(sql);
      return false;
    };
    await refresh(host, refresh_token);
    fail = undefined;
    return seen;
  }

  for (const phase of ['before', 'after'] as const) {
    it(`goes on afterwards, whichever statement fails ${phase} it was run`, async function () {
      this.timeout(60_000);
      const statements = await statementsOfRefresh();
      expect(statements.some((sql) => /refresh_token/.test(sql))).to.equal(true);
      for (const [at, statement] of statements.entries()) {
        const { refresh_token } = await member(host);
        let left = at + 1;
        fail = (_, when) => {
          if (when === phase) left -= 1;
          return left === 0 && when === phase;
        };
        const failed = await refresh(host, refresh_token);
        fail = undefined;
        expect(failed.status, statement).to.be.oneOf([200, 500, 503]);
        const again = await refresh(host, refresh_token);
        expect(again.status, `${phase} ${statement}`).to.equal(200);
        expect(await statusOf(host, again.body.data.access_token)).to.equal(200);
        if (failed.status === 200) {
          expect(again.body.data.refresh_token).to.equal(failed.body.data.refresh_token);
        }
        const next = await refresh(host, again.body.data.refresh_token);
        expect(next.status, statement).to.equal(200);
        const rows = await host.palestra
          .database()
          .knex('refresh_token')
          .where({ family: claimedFamily(next.body.data.access_token) })
          .orderBy('generation');
        expect(rows.map(({ generation }) => Number(generation))).to.deep.equal([0, 1, 2]);
      }
    });
  }
});

function claimedFamily(token: string): string {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()).sid;
}
