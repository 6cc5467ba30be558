/** What `/metrics` tells of the reconciler: how far it is behind. */
import type { Clock } from '@palestra/core';
import type { PluginMetrics } from '@palestra/server/plugin';
import type { RefundStore } from '../ledger/refunds.js';
import type { RecordStore } from '../store.js';

interface ReconcilerQueues {
  readonly records: Pick<RecordStore, 'toCheck' | 'outdated'>;
  readonly refunds: Pick<RefundStore, 'toCheck'>;
  readonly clock: Clock;
}

/** The same on every instance: one of them reconciles, and what is due is in the database. */
export function measureReconciler(metrics: PluginMetrics, { records, refunds, clock }: ReconcilerQueues): void {
  const help = 'How long the work that was due first has been waiting for the reconciler; 0 if none is due.';
  metrics.observableGauge({ name: 'reconciler_lag_seconds', help, labels: ['work'] }, async (observe) => {
    const now = clock.now();
    const lag = (dueAt: number | null = null) => (dueAt === null ? 0 : Math.max(0, now - dueAt) / 1000);
    observe(lag((await records.toCheck(now, 1))[0]?.check_at), { work: 'payment' });
    observe(lag((await refunds.toCheck(now, 1))[0]?.check_at), { work: 'refund' });
    observe(lag((await records.outdated(now, 1))[0]?.expiry_date), { work: 'expiry' });
  });
}
