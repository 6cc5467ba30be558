/** An app goes on when it stops the host in it: requests that the host was answering get their typed answer. */
import { gym } from '@palestra/plugin-gym';
import { type Account, describeOnEachDatabase, startTestHost, type TestHost } from '@palestra/server/testing';
import { expect } from 'chai';

describeOnEachDatabase('a host that stops while its app goes on', (fresh) => {
  let host: TestHost;
  let coach: Account;
  /** Statements on gyms wait for it. */
  let hold: Promise<unknown> | undefined;
  let held = 0;

  beforeEach(async () => {
    hold = undefined;
    held = 0;
    host = await startTestHost({
      plugins: [gym],
      database: await fresh(),
      intercept: (sql, phase) => {
        if (phase !== 'before' || !hold || !/`gym`/i.test(sql)) return undefined;
        held += 1;
        return hold.then(() => undefined);
      },
    });
    coach = await host.account('coach');
  });
  afterEach(() => host.stop());

  const reads = (count: number) =>
    Array.from({ length: count }, (_, find) => host.request('GET', `/api/gym?find=${find}`, { token: coach.token }));
  const creates = (count: number) =>
    Array.from({ length: count }, (_, at) => host.operate('/api/gym', coach.token, 'create', { name: `Iron ${at}` }));

  /** The result lets them go on. */
  function holdStatements(): () => void {
    let release = () => {};
    hold = new Promise<void>((resolve) => {
      release = resolve;
    });
    return release;
  }

  async function untilHeld(): Promise<void> {
    while (held === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  }

  it('answers 503 to those that still needed the database', async () => {
    const release = holdStatements();
    const answers = Promise.all(reads(20));
    await untilHeld();
    await host.palestra.stop();
    release();
    const found = (await answers).map(({ status, headers, body }) => ({
      status,
      retryAfter: headers.get('retry-after'),
      type: body.exceptionType,
    }));
    for (const answer of found) {
      expect(answer).to.deep.equal({ status: 503, retryAfter: '1', type: 'UnavailableError' });
    }
  });

  it('answers what it has done, and 503 for the rest', async () => {
    const release = holdStatements();
    const answers = Promise.all([...creates(20), ...reads(20)]);
    await untilHeld();
    const stopped = host.palestra.stop();
    setTimeout(release, 50);
    await stopped;
    const statuses = (await answers).map(({ status }) => status);
    for (const status of statuses) expect(status).to.be.oneOf([200, 201, 503]);
    await host.palestra.start();
    const kept = await host.palestra.database().knex('gym').count({ count: '*' }).first();
    expect(Number(kept?.count)).to.be.at.least(statuses.filter((status) => status === 201).length);
  });
});
