/** Steps that are taken in a transaction of their own, with their audit entry: the same for payer, notification and reconciler. */
import { type Audit, type AuditActor, type Database, together, type Unit } from '@palestra/server/plugin';
import type { PaymentStatus } from '../providers/provider.js';
import type { RecordRow } from '../store.js';
import type { Ending, Transitions } from './transitions.js';

export interface Settlement {
  /** What the provider says becomes the record's state. The record as it is by that, if this was its payment. */
  apply(record: RecordRow, payment: PaymentStatus, actor: AuditActor): Promise<RecordRow | undefined>;
  /** Ends an unpaid record, if it is still pending. */
  end(record: RecordRow, ending: Ending, actor: AuditActor): Promise<void>;
  /** Ends a success that is used up or out of date. */
  expire(record: RecordRow, actor: AuditActor): Promise<void>;
}

export interface SettlementParts {
  readonly database: Database;
  readonly transitions: Transitions;
  readonly audit: Audit;
}

const endActions = {
  failed: 'transaction.decline',
  canceled: 'transaction.cancel',
  expired: 'transaction.expire',
} as const satisfies Record<Ending['to'], string>;

export function createSettlement({ database, transitions, audit }: SettlementParts): Settlement {
  /** Audited by an entry for each action that `work` says was done. */
  const audited = <Work extends Done>(record: RecordRow, actor: AuditActor, work: (unit: Unit) => Promise<Work>) =>
    database.unitOfWork(async (unit) => {
      const done = await work(unit);
      const { actions, recorded = Promise.resolve() } = done;
      const object = auditedObject(record);
      const writeEntries = async () => {
        for (const action of actions) await audit.record(unit, actor, { action, object });
      };
      await together([recorded, writeEntries()]);
      return done;
    });

  const end: Settlement['end'] = async (record, ending, actor) => {
    await audited(record, actor, async (unit) =>
      actionsIf(await transitions.end(record, ending, unit), endActions[ending.to]),
    );
  };

  return {
    end,
    async apply(record, payment, actor) {
      if (payment.status === 'declined') await end(record, { to: 'failed', checkAt: null }, actor);
      if (payment.status !== 'paid') return undefined;
      const done = await audited(record, actor, async (unit) => {
        const { step, refundDue, recorded, paid } = await transitions.pay(record, payment, unit);
        const actions = [...(step ? [payActions[step]] : []), ...(refundDue ? ['transaction.refund_due'] : [])];
        return { actions, recorded, paid };
      });
      return done.paid;
    },
    async expire(record, actor) {
      await audited(record, actor, async (unit) =>
        actionsIf(await transitions.expire(record, unit), 'transaction.expire'),
      );
    },
  };
}

/** What was done, and what of it may still be written. */
interface Done {
  readonly actions: readonly string[];
  readonly recorded?: Promise<void>;
}

function actionsIf(done: boolean, action: string): Done {
  return { actions: done ? [action] : [] };
}

const payActions = { success: 'transaction.pay', failed: 'transaction.decline' } as const;

export function auditedObject({ id }: Pick<RecordRow, 'id'>): string {
  return `transaction_record/${id}`;
}
