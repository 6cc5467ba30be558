/** The delivery of one subscriber's events: what fails or hangs is tried again later, and holds up nothing else. */
import type { EventHandler } from '@palestra/core';
import { describeOnEachDatabase, startTestHost, type TestHost } from '@palestra/server/testing';
import { expect } from 'chai';
import { pino } from 'pino';
import { createDelivery, type Delivery } from '../../src/events/delivery.js';
import { createOutbox } from '../../src/events/store.js';

describeOnEachDatabase('a delivery of events', (fresh) => {
  let host: TestHost;
  let delivery: Delivery | undefined;
  let now = 0;

  before(async () => {
    host = await startTestHost({ plugins: [], database: await fresh() });
  });
  after(() => host.stop());
  beforeEach(async () => {
    now = 1_000_000;
    await table('event_delivery').delete();
  });
  afterEach(() => delivery?.stop());

  const table = (name: string) => host.palestra.database().knex(name);
  const left = async () => {
    const rows = await table('event_delivery').orderBy('event_id').select('attempts', 'due_at');
    return rows.map(({ attempts, due_at }) => [Number(attempts), Number(due_at)]);
  };

  async function deliverLater(...doors: number[]): Promise<void> {
    const outbox = createOutbox(host.palestra.database());
    await host.palestra.database().unitOfWork(async (unit) => {
      for (const door of doors) {
        const event_id = await outbox.add(
          { name: 'door.opened', data: JSON.stringify({ door }), occurred_at: now },
          unit,
        );
        await outbox.addDelivery({ event_id, subscriber: 'anna', due_at: now }, unit);
      }
    });
  }

  function start(handle: EventHandler<{ door: number }>): void {
    delivery = createDelivery({
      outbox: createOutbox(host.palestra.database()),
      subscriber: 'anna',
      handlers: new Map([['door.opened', handle as EventHandler<never>]]),
      clock: { now: () => now },
      log: pino({ level: 'silent' }),
      timeLimitMs: 50,
    });
    delivery.start();
    delivery.wake();
  }

  const isLeft = (...rows: readonly (readonly [attempts: number, dueAt: number])[]) =>
    until(async () => JSON.stringify(await left()) === JSON.stringify(rows));

  async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
    const deadline = Date.now() + 30_000;
    while (!(await condition())) {
      if (Date.now() > deadline) expect.fail(`it did not happen; left are ${JSON.stringify(await left())}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  it('that hangs is given up, and the next one comes', async () => {
    await deliverLater(1, 2);
    const heard: number[] = [];
    start(({ data }) => (data.door === 1 ? new Promise<void>(() => {}) : void heard.push(data.door)));
    await until(() => heard.length === 1);
    await isLeft([1, now + 1_000]);
  });

  it('that fails waits 1 s, 2 s, 4 s, up to an hour, and is never given up', async () => {
    await deliverLater(1);
    let tries = 0;
    start(() => {
      tries += 1;
      throw new Error('not now');
    });
    for (const [failures, pause] of [
      [1, 1_000],
      [2, 2_000],
      [3, 4_000],
    ] as const) {
      await isLeft([failures, now + pause]);
      now += pause - 1;
      delivery?.wake();
      await delivery?.stop();
      expect(tries, 'not a millisecond earlier').to.equal(failures);
      now += 1;
      delivery?.start();
      delivery?.wake();
    }
    await until(() => tries === 4);
    await delivery?.stop();
    await table('event_delivery').update({ attempts: 40, due_at: now });
    delivery?.start();
    delivery?.wake();
    await isLeft([41, now + 60 * 60_000]);
  });
});
