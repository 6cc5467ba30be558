/**
 * Every write of the composed document, sent again under its Idempotency-Key: one effect, and the true answer. The
 * operations come from the document, so that one of a new plugin is tested without being named here.
 * `npm run test:faults -- --seed 7 test/idempotent-writes.test.ts` kills a server at each of them.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Answer, describeOnEachDatabase } from '@palestra/server/testing';
import { expect } from 'chai';
import {
  inParallel,
  long,
  randomFrom,
  scaled,
  seed,
  shuffled,
} from '../packages/plugins/transaction/test/support/scale.js';
import type { MatrixRow } from '../scripts/authorization.js';
import { createWorld, type World } from './authorization/world.js';
import { type Effect, effectBetween, gains, type Snapshot, snapshotOf, textOf } from './idempotent-writes/effect.js';
import { type KillPhase, startVictim } from './idempotent-writes/victim.js';
import { answerOf, type Write, writeOf, writeRows } from './idempotent-writes/write.js';

/** What happened to one operation. */
interface Outcome {
  readonly row: MatrixRow;
  readonly status: number;
  /** Its sample cannot succeed here. */
  readonly fails: boolean;
  /** Of one execution. */
  readonly effect: Effect;
}

describeOnEachDatabase('a write sent again', (fresh, name) => {
  let world: World;
  let database: string;
  let dataDir: string;
  const outcomes = new Map<string, Outcome>();
  /** Statements of the host that may change something, counted when they begin and when they end. */
  let changes = 0;
  before(async function () {
    this.timeout(60_000);
    database = await fresh();
    dataDir = await mkdtemp(join(tmpdir(), 'palestra-writes-'));
    const intercept = (sql: string) => {
      if (!/^\s*(select|pragma)/i.test(sql)) changes += 1;
    };
    world = await createWorld({ database, dataDir, background: false, intercept });
    // What remembers the last backup is a row that the first one makes and the others change.
    for (const row of writeRows(world.host.palestra.openapi()).filter(({ key }) => key === 'createBackup')) {
      await (await writeOf(world, row)).send(world.host);
    }
  });
  after(async () => {
    await world.host.stop();
    await rm(dataDir, { recursive: true, force: true });
  });

  const freeLeases = async () => {
    await world.host.palestra.database().knex('idempotency_key').update({ leased_until: 0 });
  };

  /** The database once the server has nothing left to do for earlier requests. */
  async function settled(): Promise<Snapshot> {
    for (;;) {
      const before = changes;
      await sleep(5);
      if (changes !== before) continue;
      const snapshot = await snapshotOf(world.host.palestra.database());
      if (changes === before) return snapshot;
    }
  }

  /** The same status and bytes. */
  function expectSame(again: Answer, first: Answer, row: MatrixRow): void {
    expect([again.status, again.text], row.key).to.deep.equal([first.status, first.text]);
  }

  function expectSound(answer: Answer, write: Write, row: MatrixRow): void {
    if (write.answers !== undefined) expect(answer.status, `${row.key}: ${answer.text}`).to.equal(write.answers);
    else expect(answer.status, `${row.key}: ${answer.text}`).to.be.within(200, 299);
  }

  it('after its reply was lost is executed once, and answered the same', async () => {
    for (const row of writeRows(world.host.palestra.openapi())) {
      const write = await writeOf(world, row);
      const before = await settled();
      const first = await write.send(world.host);
      expectSound(first, write, row);
      const after = await settled();
      const again = await write.send(world.host);
      expectSame(again, first, row);
      // What is refused before it is executed is refused again.
      if (write.answers === undefined) expect(again.headers.get('idempotency-replayed'), row.key).to.equal('true');
      expect(textOf(effectBetween(after, await settled())), row.key).to.equal('nothing');
      const { status } = first;
      outcomes.set(row.key, { row, status, fails: write.answers !== undefined, effect: effectBetween(before, after) });
    }
    const lines = [...outcomes].map(
      ([key, { status, effect }]) => `      ${key.padEnd(34)} ${status}  ${textOf(effect)}`,
    );
    console.log(`\n      ${'operation'.padEnd(34)} once on ${name}\n${lines.join('\n')}\n`);
  }).timeout(120_000);

  it('has an effect that a second execution would show, where its sample succeeds and changes something', () => {
    expect(outcomes.size).to.equal(writeRows(world.host.palestra.openapi()).length);
    const without = [...outcomes.values()].filter((outcome) => !isKillable(outcome) && !mayDoNothing(outcome));
    expect(without.map(({ row: { key } }) => key)).to.deep.equal([]);
  });

  it('while the first runs is executed once', async () => {
    for (const { row, effect } of outcomes.values()) {
      const write = await writeOf(world, row);
      const before = await settled();
      const answers = await Promise.all([write.send(world.host), write.send(world.host)]);
      const answer = await answerOf(write, world.host, freeLeases);
      expectSound(answer, write, row);
      for (const one of answers) if (one.headers.get('retry-after') === null) expectSame(one, answer, row);
      expect(textOf(effectBetween(before, await settled())), row.key).to.equal(textOf(effect));
    }
  }).timeout(120_000);

  it('under 30 % loss and load is executed once', async () => {
    const random = randomFrom(seed);
    const executed: Effect[] = [];
    const writes: { row: MatrixRow; write: Write }[] = [];
    for (const { row, effect } of outcomes.values()) {
      for (let copy = 0; copy < scaled(2, 8); copy++) {
        writes.push({ row, write: await writeOf(world, row) });
        executed.push(effect);
      }
    }
    const before = await settled();
    await inParallel(shuffled(writes, random), 16, async ({ row, write }) => {
      while (random() < 0.3) {
        // Half of them are cut while the server works, of the others only the reply is lost.
        if (random() < 0.5) await write.sendAndLeave(world.host.url, 1 + random() * 20);
        else await write.send(world.host);
      }
      expectSound(await answerOf(write, world.host, () => sleep(20)), write, row);
    });
    expect(gains([effectBetween(before, await settled())]), `seed ${seed}`).to.deep.equal(gains(executed));
  }).timeout(300_000);

  for (const phase of ['before', 'after'] as const) {
    it(`to another server, since the first was killed ${phase} its commit, is executed once`, async () => {
      const rows = shuffled([...outcomes.values()].filter(isKillable), randomFrom(seed)).slice(0, long ? undefined : 2);
      for (const { row, effect } of rows) await survive(row, effect, phase);
    }).timeout(long ? 1_200_000 : 60_000);
  }

  async function survive(row: MatrixRow, effect: Effect, phase: KillPhase): Promise<void> {
    const victim = await startVictim(database, dataDir, phase);
    try {
      const write = await writeOf(world, row);
      const before = await settled();
      await victim.arm();
      await write.send(victim).then(
        () => expect.fail(`${row.key} was answered, so its server was not killed.`),
        (error) => expect(error.code, String(error)).to.be.oneOf(['ECONNRESET', 'EPIPE']),
      );
      expectSound(await answerOf(write, world.host, freeLeases), write, row);
      expect(textOf(effectBetween(before, await settled())), `${row.key}, killed ${phase}`).to.equal(textOf(effect));
    } finally {
      await victim.stop();
    }
  }
});

/** Only where something is written there is a COMMIT. */
function isKillable({ effect }: Outcome): boolean {
  return textOf(effect) !== 'nothing';
}

/** The status of a device is written later, together with others; recovery says the same of an email that is unknown. */
const quiet: ReadonlySet<string> = new Set(['putSelfStatus', 'recover']);

function mayDoNothing({ row, fails }: Outcome): boolean {
  return fails || row.envelope === 'query' || quiet.has(row.key);
}
