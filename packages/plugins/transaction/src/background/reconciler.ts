/**
 * Brings records and providers together whatever was lost on the way: asks about pending orders, ends those that run
 * out (closed at the provider first), finds late payments, and ends what is out of date. One runner among instances.
 */
import type { AuditActor } from '@palestra/server';
import type { Logger } from 'pino';
import { conflict } from '../errors.js';
import type { PurchaseContext } from '../purchase/context.js';
import { auditedObject, orderOf, providerOf } from '../purchase/orders.js';
import { apply } from '../purchase/verify.js';
import type { RecordRow } from '../store.js';
import type { Lease } from './lease.js';

export interface Reconciler {
  /** One cycle over everything that is due; false if another instance is the runner. */
  run(): Promise<boolean>;
  start(): void;
  /** Ends after the record under way. */
  stop(): Promise<void>;
}

const batch = 50;
const againMs = 30_000;
const actor: AuditActor = { program: 'reconciler' };

export function createReconciler(
  context: PurchaseContext,
  lease: Lease,
  { everyMs, log }: { readonly everyMs: number; readonly log: Logger },
): Reconciler {
  const { records, clock, database, transitions, audit } = context;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<boolean> | undefined;
  let stopped = false;

  async function cycle(): Promise<boolean> {
    do {
      if (!(await lease.hold())) return false;
    } while ((await checkBatch()) && !stopped);
    do {
      if (!(await lease.hold())) return false;
    } while ((await expireBatch()) && !stopped);
    return true;
  }

  /** True if there may be more. */
  async function checkBatch(): Promise<boolean> {
    const due = await records.toCheck(clock.now(), batch);
    for (const record of due) {
      if (stopped) return false;
      await checkInTime(record);
    }
    return due.length === batch;
  }

  /** A provider in trouble puts its own records off, nobody else's. */
  async function checkInTime(record: RecordRow): Promise<void> {
    // Put off first: whatever happens, the next batch is about others.
    await records.checkAgain(record.id, clock.now() + againMs);
    try {
      await check(context, record);
    } catch (err) {
      log.warn({ err, record: record.id, provider: record.payment_method }, 'A payment could not be reconciled now.');
    }
  }

  async function expireBatch(): Promise<boolean> {
    const over = await records.outdated(clock.now(), batch);
    for (const record of over) {
      if (stopped) return false;
      await database.unitOfWork(async (unit) => {
        if (!(await transitions.expire(record, unit))) return;
        await audit.record(unit, actor, { action: 'transaction.expire', object: auditedObject(record) });
      });
    }
    return over.length === batch;
  }

  async function run(): Promise<boolean> {
    running ??= cycle().finally(() => {
      running = undefined;
    });
    return running;
  }

  return {
    run,
    start() {
      stopped = false;
      timer = setInterval(() => {
        run().catch((err: unknown) => log.warn({ err }, 'Payments could not be reconciled now.'));
      }, everyMs).unref();
    },
    async stop() {
      stopped = true;
      clearInterval(timer);
      await running?.catch(() => false);
      await lease
        .release()
        .catch((err: unknown) => log.warn({ err }, 'The lease of the reconciler was not given back.'));
    },
  };
}

async function check(context: PurchaseContext, record: RecordRow): Promise<void> {
  const { records, database, transitions, clock, providers, audit } = context;
  const provider = providerOf(providers, record);
  const order = orderOf(record);
  const payment = await provider.query(order);
  if (payment.status === 'paid' || (payment.status === 'declined' && record.state === 'pending')) {
    return apply(context, record, payment, actor);
  }
  if (record.state === 'pending' && record.pending_until > clock.now()) return;
  if (payment.status === 'open' && (await provider.close(order)) === 'paid') {
    // Paid between the two calls: the next cycle sees it.
    throw conflict('The order was paid while it was closed');
  }
  if (record.state !== 'pending') return records.checkAgain(record.id, null);
  await database.unitOfWork(async (unit) => {
    if (!(await transitions.end(record, 'expired', null, unit))) return;
    await audit.record(unit, actor, { action: 'transaction.expire', object: auditedObject(record) });
  });
}
