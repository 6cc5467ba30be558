/** Steps that are taken in a transaction of their own, with their audit entry: the same for payer, notification and reconciler. */
import { type Audit, type AuditActor, type Database, isDuplicate, type Unit } from '@palestra/server/plugin';
import type { Paid, PaymentStatus } from '../providers/provider.js';
import type { RecordRow } from '../store.js';
import { type Ending, NotPending, type Transitions } from './transitions.js';

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
      const object = auditedObject(record);
      for (const action of done.actions) await audit.record(unit, actor, { action, object });
      return done;
    });

  /** All of it with the COMMIT, as the record is nearly always; undefined if it is otherwise, and nothing was written then. */
  async function payAtOnce(record: RecordRow, payment: Paid, actor: AuditActor): Promise<RecordRow | undefined> {
    const expected = transitions.expect(record, payment);
    if (!expected) return undefined;
    try {
      await database.unitOfWork(async (unit) => {
        await transitions.payLast(record, expected, unit);
        await audit.record(unit, actor, { action: payActions.success, object: auditedObject(record) });
      });
      return expected;
    } catch (error) {
      if (error instanceof NotPending || isDuplicate(error, 'transaction_record_payment')) return undefined;
      throw error;
    }
  }

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
      const paid = await payAtOnce(record, payment, actor);
      if (paid) return paid;
      const done = await audited(record, actor, async (unit) => {
        const { step, refundDue, paid } = await transitions.pay(record, payment, unit);
        const actions = [...(step ? [payActions[step]] : []), ...(refundDue ? ['transaction.refund_due'] : [])];
        return { actions, paid };
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

interface Done {
  /** What was done. */
  readonly actions: readonly string[];
}

function actionsIf(done: boolean, action: string): Done {
  return { actions: done ? [action] : [] };
}

const payActions = { success: 'transaction.pay', failed: 'transaction.decline' } as const;

export function auditedObject({ id }: Pick<RecordRow, 'id'>): string {
  return `transaction_record/${id}`;
}
