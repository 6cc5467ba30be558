/** Puts the parts of a running host's transactions together. */
import { type PluginParts, type ServiceRef, serviceRef } from '@palestra/core';
import type { Plugin } from '@palestra/server';
import { createLease } from './background/lease.js';
import { createReconciler } from './background/reconciler.js';
import { recordNotFound } from './errors.js';
import type { TransactionTypes } from './index.js';
import { createOperations } from './operations.js';
import { type GuardedProvider, guarded } from './providers/guard.js';
import type { PaymentProvider } from './providers/provider.js';
import { sandbox } from './providers/sandbox.js';
import type { PurchaseContext } from './purchase/context.js';
import { createLedger } from './purchase/ledger.js';
import { createQrTokens } from './purchase/qr.js';
import { createRefunds } from './purchase/refunds.js';
import { createTransitions } from './purchase/transitions.js';
import { facts, refundFacts, rules, type ShownRecord, type ShownRefund } from './resource.js';
import { createRecordStore } from './store.js';
import { createWechat } from './wechat/index.js';

type Scope = Parameters<Plugin<TransactionTypes>['setup']>[0];

export interface TransactionService {
  /** Compares what is due with what the providers say, now; false if another instance is at it. */
  reconcile(): Promise<boolean>;
}

export const transactionService: ServiceRef<TransactionService> = serviceRef('transaction');

export async function setUp(scope: Scope, further: readonly PaymentProvider[]): Promise<PluginParts<TransactionTypes>> {
  const { config, database, clock, events, audit, log } = scope;
  const { gyms, merchandise } = scope.services;
  const wechat = config.wechat && createWechat(config.wechat, clock);
  const providers = guardAll(
    [...(sandboxIsOn(scope) ? [sandbox] : []), ...(wechat ? [wechat.provider] : []), ...further],
    scope,
  );
  const records = createRecordStore(database);
  const ledger = createLedger(database);
  const shown = scope.resource<ShownRecord>(facts, rules(scope.services, database));
  const refundList = scope.resource<ShownRefund>(refundFacts);
  const qr = createQrTokens(await scope.keys.secrets('qr'), clock, config.qrSeconds);
  const show: PurchaseContext['show'] = async (id, unit) => {
    const record = await shown.find(id, unit);
    if (!record) throw recordNotFound(id);
    return record;
  };
  const context: PurchaseContext = {
    database,
    records,
    ledger,
    transitions: createTransitions({ records, ledger, merchandise, events, clock }),
    merchandise,
    gyms,
    providers,
    events,
    audit,
    qr,
    clock,
    pendingMs: config.pendingSeconds * 1000,
    show,
    async showPayer(id) {
      const record = await show(id);
      if (record.transactionState !== 'success') return record;
      return { ...record, qr: qr.issue(id, Number(record.recipient)) };
    },
  };
  const lease = createLease(database, clock, 'reconciler');
  const reconciler = createReconciler(context, lease, { everyMs: config.reconcileSeconds * 1000, log });
  const refunds = createRefunds({ database, list: refundList, records, providers, clock, audit });
  return {
    handlers: createOperations({
      context,
      records: shown,
      refundList,
      refunds,
      readNotification: wechat?.readNotification,
    }),
    service: { reconcile: () => reconciler.run() },
    start: () => reconciler.start(),
    stop: () => reconciler.stop(),
  };
}

function sandboxIsOn({ config }: Scope): boolean {
  return config.sandbox ?? process.env.NODE_ENV !== 'production';
}

/** @throws Error for two providers of one name */
function guardAll(all: readonly PaymentProvider[], { clock }: Scope): Map<string, GuardedProvider> {
  const providers = new Map<string, GuardedProvider>();
  for (const provider of all) {
    if (providers.has(provider.name)) throw new Error(`Two payment providers are named ${provider.name}.`);
    providers.set(provider.name, guarded(provider, clock));
  }
  return providers;
}
