/**
 * A purchase, in this order: the pending row with our own order number is committed, then the provider is called with
 * that number, then its prepay id is attached. If the process dies in between, no order is without its row.
 */
import {
  type AccountsService,
  accountIdOf,
  type Call,
  type Clock,
  formatId,
  invalidRequest,
  type Reply,
  reply,
} from '@palestra/core';
import type { Database, Unit } from '@palestra/server/plugin';
import type { components } from '../contract.generated.js';
import { conflict } from '../errors.js';
import { free, type GuardedProvider, type Providers } from '../providers/guard.js';
import { isProviderError } from '../providers/provider.js';
import type { Settlement } from '../state/settlement.js';
import type { RecordRow, RecordStore } from '../store.js';
import type { BeginPurchase, Purchase, TransactionOrder } from './begin.js';
import { orderOf } from './orders.js';

type PerformedTransaction = components['schemas']['PerformedTransaction'];

export type Perform = (order: TransactionOrder, call: Call) => Promise<Reply<PerformedTransaction>>;

export interface PerformParts {
  readonly database: Database;
  readonly records: RecordStore;
  readonly begin: BeginPurchase;
  /** Undefined where anybody may buy. */
  readonly assertVerified: ((call: Call) => Promise<void>) | undefined;
  readonly settlement: Settlement;
  readonly providers: Providers;
  readonly accounts: Pick<AccountsService, 'wechatOpenid'>;
  readonly clock: Clock;
}

export function createPerform(parts: PerformParts): Perform {
  return async (asked, call) => {
    const provider = providerFor(parts.providers, asked);
    await parts.assertVerified?.(call);
    const openid = asked.openid ?? (await openidOf(parts.accounts, provider, call));
    const order = { ...asked, ...(openid !== undefined && { openid }) };
    const record = await parts.begin({ order, call, provider });
    if (record.payment_method === free || !provider) return reply(201, taken(record));
    const prepayId = record.prepay_id ?? (await prepay(parts.settlement, record, { order, call, provider }));
    const conclude = async (unit?: Unit) => {
      const attached = await attach(parts, record.id, prepayId, unit);
      return reply(201, performed(record, attached, provider));
    };
    const { idempotency } = call;
    // One statement is its own transaction.
    if (!idempotency) return conclude();
    return parts.database.unitOfWork(async (unit) => {
      const answer = await conclude(unit);
      await idempotency.finish(unit, answer);
      return answer;
    });
  };
}

/** Undefined for `free`. @throws PalestraError 400 for an unknown method */
function providerFor(providers: Providers, { paymentMethod }: TransactionOrder): GuardedProvider | undefined {
  const provider = providers.get(paymentMethod);
  if (!provider && paymentMethod !== free) {
    const known = [...providers.keys()].join(', ') || 'none is switched on';
    throw invalidRequest(`paymentMethod is one of: ${known}`, '/paymentMethod');
  }
  return provider;
}

/** A mini-program never sees the openid of its user: the server knows it from the sign-in. */
async function openidOf(
  accounts: PerformParts['accounts'],
  provider: GuardedProvider | undefined,
  { principal }: Call,
): Promise<string | undefined> {
  const payer = accountIdOf(principal);
  if (provider?.wechatApp === undefined || payer === undefined) return undefined;
  return accounts.wechatOpenid(payer, provider.wechatApp);
}

/** What the provider will never take ends the record at once; what it did not answer leaves it pending. */
async function prepay(
  settlement: Settlement,
  record: RecordRow,
  { order, call, provider }: Purchase & { readonly provider: GuardedProvider },
): Promise<string> {
  try {
    const { merchandise_name: description, pending_until: expiresAt } = record;
    return await provider.prepay({ ...orderOf(record), description, expiresAt, openid: order.openid });
  } catch (error) {
    if (!isProviderError(error)) throw error;
    await settlement.end(record, { to: 'failed', checkAt: null }, call);
    throw conflict('The payment provider does not take this order');
  }
}

/** The prepay id that the record has from now on: of several tries of one call the first one's. */
async function attach({ records, clock }: PerformParts, id: number, prepayId: string, unit?: Unit): Promise<string> {
  if (await records.attachPrepayId({ id, prepay_id: prepayId, now: clock.now() }, unit)) return prepayId;
  const current = await records.find(id, unit);
  if (current?.state !== 'pending') throw conflict(`The transaction is ${current?.state} already`);
  return current.prepay_id ?? prepayId;
}

/** A free record, whose pass can be shown at once. */
function taken(record: RecordRow): PerformedTransaction {
  return {
    transactionRecordId: formatId(record.id),
    prepayId: record.transaction_id ?? '',
    transactionState: 'success',
    expiresAt: new Date(record.pending_until).toISOString(),
    payment: {},
  };
}

function performed(record: RecordRow, prepayId: string, provider: GuardedProvider): PerformedTransaction {
  return {
    transactionRecordId: formatId(record.id),
    prepayId,
    transactionState: 'pending',
    expiresAt: new Date(record.pending_until).toISOString(),
    payment: { ...provider.payment(prepayId) },
  };
}
