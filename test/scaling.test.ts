/** The simulation of docs/scaling.md: its engine agrees with the formulas there are, its operations with the real server. */
import { describeOnDatabase } from '@palestra/server/testing';
import { expect } from 'chai';
import { GroupCommit, type Process, Resource, randomFrom, Simulation } from '../benchmarks/scaling/engine.js';
import { type Figures, readFigures } from '../benchmarks/scaling/figures.js';
import { type Load, type Machines, simulate } from '../benchmarks/scaling/model.js';
import { type HotRow, operations, type Step } from '../benchmarks/scaling/operations.js';
import { scenarios } from '../benchmarks/scaling/scenarios.js';
import { figuresTable, gymTables } from '../benchmarks/scaling/table.js';
import { openShop, type Shop } from '../packages/plugins/transaction/test/support/shop.js';
import { textOf } from './deploy/files.js';

/** Mean wait in line, for calls at random times that take `serviceMs()` each. */
function meanWait(servers: number, rate: number, serviceMs: (random: () => number) => number): number {
  const simulation = new Simulation();
  const resource = new Resource(simulation, servers);
  const random = randomFrom(3);
  let waited = 0;
  let calls = 0;
  function* call(): Process {
    const arrived = simulation.now;
    yield resource.acquire();
    waited += simulation.now - arrived;
    calls += 1;
    yield simulation.wait(serviceMs(random));
    resource.release();
  }
  const arrive = () => {
    simulation.start(call());
    simulation.at(simulation.now - (Math.log(1 - random()) / rate) * 1000, arrive);
  };
  arrive();
  simulation.run(600_000);
  return waited / calls;
}

const near = (value: number, expected: number, share: number): void => {
  expect(value).to.be.within(expected * (1 - share), expected * (1 + share));
};

describe('the simulation of scaling', () => {
  it('waits as Pollaczek and Khinchine say for one server and equal work', () => {
    // 10 ms each, 80 a second: ρ = 0.8, wait = ρ / (2 (1 - ρ)) × 10 ms.
    near(
      meanWait(1, 80, () => 10),
      20,
      0.06,
    );
  });

  it('waits as Erlang says for four servers and random work', () => {
    // 10 ms on average, 320 a second: a = 3.2, C = 0.5964, wait = C × 10 ms / (4 - a).
    near(
      meanWait(4, 320, (random) => -Math.log(1 - random()) * 10),
      7.455,
      0.06,
    );
  });

  it('flushes a log once for all who came meanwhile', () => {
    const simulation = new Simulation();
    const log = new GroupCommit(simulation, 10);
    const done: number[] = [];
    function* commit(at: number): Process {
      yield simulation.wait(at);
      yield log.commit();
      done.push(simulation.now);
    }
    for (const at of [0, 1, 2, 9, 11]) simulation.start(commit(at));
    simulation.run(100);
    expect(done).to.deep.equal([10, 20, 20, 20, 30]);
    expect(log.flushes).to.equal(3);
  });

  it('lets go of who has no turn in time', () => {
    const simulation = new Simulation();
    const row = new Resource(simulation, 1);
    const seen: [number, unknown][] = [];
    function* hold(ms: number): Process {
      const turn = yield row.acquire(50);
      seen.push([simulation.now, turn]);
      if (!turn) return;
      yield simulation.wait(ms);
      row.release();
    }
    for (const ms of [100, 30, 30]) simulation.start(hold(ms));
    simulation.at(80, () => simulation.start(hold(10)));
    simulation.run(200);
    expect(seen).to.deep.equal([
      [0, true],
      [50, false],
      [50, false],
      [100, true],
    ]);
    near(row.utilization, 110 / 200, 0.001);
  });

  const free: Figures = {
    date: '',
    machine: '',
    statementUs: 0,
    commitUs: 0,
    operations: Object.fromEntries(
      Object.keys(operations).map((name) => [name, { serverUs: 0, databaseUs: 0, bytes: 0 }]),
    ) as unknown as Figures['operations'],
    read: { serverUs: 0, databaseUs: 0 },
  };
  const machines: Machines = { instances: 1, databaseCores: 16, roundTripMs: 1, flushMs: 0.001 };
  const load: Load = { rates: { admit: 100 }, seconds: 60, seed: 5 };

  it('holds a row from the statement that locks it to the commit', () => {
    // Two statements lie between the lock of the audit's chain and the commit.
    near(simulate(free, { ...machines, chains: 1 }, { ...load, passes: 1 }).busy.audit, 100 * 0.003, 0.05);
    near(simulate(free, machines, load).p50, 10, 0.05);
    const perform = simulate(free, machines, { ...load, merchandise: 1, rates: { perform: 50 } });
    near(perform.busy.merchandise, 50 * 0.007, 0.08);
  });

  it('refuses none below the limit of a row, and some above it', () => {
    const one = (rate: number) => simulate(free, machines, { ...load, merchandise: 1, rates: { perform: rate } });
    expect(one(100).failedShare).to.equal(0);
    expect(one(300).failedShare).to.be.above(0.2);
  });

  it('begins again where two nodes change one row, and never with one writer', () => {
    const cluster = (writers: number) =>
      simulate(free, { ...machines, instances: 3, writers, groupMs: 2 }, { ...load, passes: 1, rates: { admit: 40 } });
    expect(cluster(1).retriesPerCall).to.equal(0);
    expect(cluster(3).retriesPerCall).to.be.above(0.1);
  });

  it('is the same for the same seed, and another for another', () => {
    const run = (seed: number) => simulate(free, machines, { ...load, seconds: 5, seed });
    expect(run(1)).to.deep.equal(run(1));
    expect(run(1)).not.to.deep.equal(run(2));
  });
});

describeOnDatabase('MariaDB', 'what the simulation takes for an operation', (fresh) => {
  let shop: Shop;
  let sent: string[] | undefined;
  before(async () => {
    shop = await openShop({
      database: await fresh(),
      intercept: (sql, at) => {
        if (at === 'before') sent?.push(sql);
      },
    });
  });
  after(() => shop.host.stop());

  async function statementsOf(call: () => Promise<unknown>): Promise<string[]> {
    sent = [];
    await call();
    const found = sent;
    sent = undefined;
    return found;
  }

  it('is what the server sends', async () => {
    const buyer = await shop.host.account();
    const merchandiseId = await shop.sell({ stock: 10, count: 10 });
    const keyed = () => ({ 'idempotency-key': crypto.randomUUID() });
    // The state of both accounts is known from here on.
    await shop.visit({ transactionRecordId: await shop.buy(buyer, merchandiseId), merchandiseId });
    let begun = { transactionRecordId: '', prepayId: '' };
    const perform = await statementsOf(async () => {
      begun = (await shop.perform(buyer, merchandiseId, keyed())).body.data;
    });
    const { transactionRecordId, prepayId } = begun;
    const verify = await statementsOf(() => shop.verify(buyer, transactionRecordId, prepayId));
    const admit = await statementsOf(() => shop.visit({ transactionRecordId, merchandiseId }, keyed()));
    expect(stepsOf(perform), 'perform').to.deep.equal(operations.perform);
    expect(stepsOf(verify), 'verify').to.deep.equal(operations.verify);
    expect(stepsOf(admit), 'admit').to.deep.equal(operations.admit);
  });
});

const hotTables: readonly (readonly [pattern: RegExp, row: HotRow])[] = [
  [/^update `merchandise`/, 'merchandise'],
  [/^update `transaction_record`/, 'pass'],
  [/^update `audit_chain`/, 'audit'],
];

/** As the simulation writes them, from the statements of a call. */
function stepsOf(sent: readonly string[]): Step[] {
  const steps: Step[] = [];
  let transaction: (HotRow | null)[] | undefined;
  for (const sql of sent.filter((each) => !/`token_version`|as `role`|`event_/.test(each))) {
    if (/^(BEGIN|START)/.test(sql)) transaction = [];
    else if (sql === 'COMMIT') {
      steps.push({ statements: transaction ?? [] });
      transaction = undefined;
    } else if (transaction) transaction.push(rowLockedBy(sql, transaction));
    else if (/^select/i.test(sql)) {
      const last = steps.at(-1);
      if (last && 'reads' in last) steps[steps.length - 1] = { reads: last.reads + 1 };
      else steps.push({ reads: 1 });
    } else steps.push({ write: true });
  }
  return steps;
}

/** The row that this statement is the first to lock. */
function rowLockedBy(sql: string, before: readonly (HotRow | null)[]): HotRow | null {
  const row = hotTables.find(([pattern]) => pattern.test(sql))?.[1];
  return row === undefined || before.includes(row) ? null : row;
}

describe('the guide of scaling', () => {
  const page = textOf('docs/scaling.md').replace(/\*\*/g, '');

  it('shows the tables of the committed figures', () => {
    const figures = readFigures();
    for (const [name, table] of [['figures', figuresTable(figures)], ...gymTables(figures)] as const) {
      expect(page, name).to.include(`<!-- ${name} -->\n\n${table}\n\n<!-- end of ${name} -->`);
    }
  });

  it('has a table of each scenario', () => {
    for (const { name, columns } of scenarios) {
      const table = page.split(`<!-- ${name} -->\n\n`)[1]?.split(`\n\n<!-- end of ${name} -->`)[0] ?? '';
      expect(table.split('\n')[0], name).to.equal(`| ${columns.join(' | ')} |`);
    }
  });
});
