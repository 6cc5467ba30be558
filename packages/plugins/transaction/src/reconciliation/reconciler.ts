/**
 * Brings records and providers together, whatever was lost on the way: asks about pending orders, ends those that run
 * out (closed at the provider first), finds late payments, and ends what is out of date. One instance at a time does it.
 */
import type { Clock } from '@palestra/core';
import { type AuditActor, createInterval, type Lease } from '@palestra/server/plugin';
import type { Logger } from 'pino';
import { conflict } from '../errors.js';
import type { Providers } from '../providers/guard.js';
import { orderOf, providerOf } from '../purchase/orders.js';
import type { Settlement } from '../state/settlement.js';
import type { RecordRow, RecordStore } from '../store.js';
import type { RefundReconciler } from './refunds.js';

export interface Reconciler {
  /** One cycle over everything that is due; false if another instance is the runner. */
  run(): Promise<boolean>;
  start(): void;
  /** Begins no other record. */
  retire(): void;
  /** Ends after the record under way, and lets another instance run. */
  stop(): Promise<void>;
}

export interface ReconcilerParts {
  readonly records: RecordStore;
  readonly settlement: Settlement;
  readonly providers: Providers;
  readonly reconcileRefunds: RefundReconciler;
  readonly lease: Lease;
  readonly clock: Clock;
  readonly log: Logger;
  readonly everyMs: number;
}

const batch = 50;
const againMs = 30_000;
const actor: AuditActor = { program: 'reconciler' };

export function createReconciler(parts: ReconcilerParts): Reconciler {
  const { records, settlement, reconcileRefunds, lease, clock, log, everyMs } = parts;
  let running: Promise<boolean> | undefined;
  let stopped = false;

  async function cycle(): Promise<boolean> {
    for (const batchOf of [checkBatch, expireBatch, () => reconcileRefunds(() => stopped)]) {
      do {
        if (!(await lease.hold())) return false;
      } while ((await batchOf()) && !stopped);
    }
    return true;
  }

  /** True if there may be more. */
  async function checkBatch(): Promise<boolean> {
    const due = await records.toCheck(clock.now(), batch);
    for (const record of due) {
      if (stopped) return false;
      await checkOne(record);
    }
    return due.length === batch;
  }

  /** A provider in trouble delays its own records only. */
  async function checkOne(record: RecordRow): Promise<void> {
    // Put off first: whatever happens, the next batch is about others.
    await records.checkAgain(record.id, clock.now() + againMs);
    try {
      await check(parts, record);
    } catch (err) {
      log.warn({ err, record: record.id, provider: record.payment_method }, 'A payment could not be reconciled now.');
    }
  }

  async function expireBatch(): Promise<boolean> {
    const over = await records.outdated(clock.now(), batch);
    for (const record of over) {
      if (stopped) return false;
      await settlement.expire(record, actor);
    }
    return over.length === batch;
  }

  function run(): Promise<boolean> {
    running ??= cycle().finally(() => {
      running = undefined;
    });
    return running;
  }

  const job = createInterval(async () => void (await run()), {
    everyMs,
    failure: 'Payments could not be reconciled now.',
    log,
  });

  return {
    run,
    start() {
      stopped = false;
      job.start();
    },
    retire() {
      stopped = true;
    },
    async stop() {
      stopped = true;
      await job.stop();
      await running?.catch(() => false);
      await lease.release().catch((err: unknown) => log.warn({ err }, "The reconciler's lease could not be released."));
    },
  };
}

async function check({ records, settlement, providers, clock }: ReconcilerParts, record: RecordRow): Promise<void> {
  const provider = providerOf(providers, record);
  const order = orderOf(record);
  const payment = await provider.query(order);
  if (payment.status === 'paid' || (payment.status === 'declined' && record.state === 'pending')) {
    await settlement.apply(record, payment, actor);
    return;
  }
  if (record.state === 'pending' && record.pending_until > clock.now()) return;
  if (payment.status === 'open' && (await provider.close(order)) === 'paid') {
    // Paid between the two calls: the next cycle sees it.
    throw conflict('The order was paid while it was closed');
  }
  if (record.state !== 'pending') return records.checkAgain(record.id, null);
  await settlement.end(record, { to: 'expired', checkAt: null }, actor);
}
