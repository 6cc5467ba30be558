/** Puts the parts of a running host's transactions together. */
import { type PluginParts, type ServiceRef, serviceRef } from '@palestra/core';
import { createLease, type PluginScope } from '@palestra/server/plugin';
import { createRecordOfGym } from './access/staff.js';
import type { TransactionConfig } from './config.js';
import { type operations, resources } from './contract.generated.js';
import { createHistory } from './ledger/history.js';
import { recordImporter } from './ledger/import.js';
import { createRefundStore } from './ledger/refunds.js';
import { createVisitStore } from './ledger/visits.js';
import { createOperations } from './operations.js';
import { free, type GuardedProvider, guarded, type Providers } from './providers/guard.js';
import type { PaymentProvider } from './providers/provider.js';
import { sandbox } from './providers/sandbox.js';
import { createBegin } from './purchase/begin.js';
import { createCancel } from './purchase/cancel.js';
import { createPerform } from './purchase/perform.js';
import { createVerifiedEmail } from './purchase/verified-email.js';
import { createVerify } from './purchase/verify.js';
import { measureReconciler } from './reconciliation/lag.js';
import { createNotifications } from './reconciliation/notifications.js';
import { createReconciler } from './reconciliation/reconciler.js';
import { createRefundReconciler } from './reconciliation/refunds.js';
import { createPayRefund } from './refund/pay.js';
import { createBeginRefund, createRefundTransaction, type RefundParts } from './refund/refund.js';
import { createRefundSettlement, type RefundSettlementParts } from './refund/settle.js';
import { rules, type TransactionServices } from './resource.js';
import { createSettlement } from './state/settlement.js';
import { createTransitions } from './state/transitions.js';
import { createRecordStore } from './store.js';
import { createAdmit, createVisit } from './visit/admit.js';
import { createAdmitAtOnce } from './visit/at-once.js';
import { createQrTokens } from './visit/qr.js';
import { createShow } from './visit/show.js';
import { createTicketReader } from './visit/ticket.js';
import { measureCertificates } from './wechat/certificates.js';
import { createWechat } from './wechat/index.js';

export interface TransactionTypes {
  operations: operations;
  config: TransactionConfig;
  needs: TransactionServices;
  service: TransactionService;
}

export interface TransactionService {
  /** Compares what is due with what the providers say, now; false if another instance is doing it. */
  reconcile(): Promise<boolean>;
}

export const transactionService: ServiceRef<TransactionService> = serviceRef('transaction');

/** How long calls to providers may go on when the host is about to stop. */
const lastCallsMs = 1_500;

type Scope = PluginScope<TransactionTypes>;

export async function setUp(scope: Scope, further: readonly PaymentProvider[]): Promise<PluginParts<TransactionTypes>> {
  const { config, services, database, events, audit } = scope;
  const { clock, log, keys } = scope.host;
  const { merchandise, accounts } = services;
  const wechat = config.wechat && createWechat(config.wechat, clock);
  const stopping = new AbortController();
  const wechatPay = wechat ? [wechat.provider] : [];
  const providers = createProviders(scope, [...wechatPay, ...further], stopping.signal);

  const records = createRecordStore(database);
  const recordOfGym = createRecordOfGym(records, services.gyms);
  const history = createHistory(database);
  const visits = createVisitStore(database);
  const refunds = createRefundStore(database);
  const shownRecords = scope.resource(resources.TransactionRecord, rules(services, visits));
  const qr = createQrTokens(await keys.secrets('qr'), clock, config.qrSeconds);
  const show = createShow(shownRecords, qr);

  const transitions = createTransitions({ records, history, refunds, merchandise, events, clock });
  const settlement = createSettlement({ database, transitions, audit });
  const shared = { database, records, refunds, transitions, providers, audit, clock };
  const begin = createBegin({ ...shared, merchandise, accounts, limits: pendingLimits(config) });
  const assertVerified = config.requireVerifiedEmail ? createVerifiedEmail(accounts) : undefined;
  const readTicket = createTicketReader({ recordOfGym, qr });
  const admit = createAdmit({ records, visits, transitions, events, show, clock });
  const admitAtOnce = createAdmitAtOnce({ database, records, visits, events, audit, show, clock });
  const lease = createLease({ database, clock, table: 'transaction_lease', name: 'reconciler' });
  const refunding = createRefunding(scope, shared, { recordOfGym, show });
  const reconcileRefunds = createRefundReconciler({ refunds, settlement: refunding.settlement, clock, log });
  const reconciler = createReconciler({
    records,
    settlement,
    providers,
    reconcileRefunds,
    lease,
    clock,
    log,
    everyMs: config.reconcileSeconds * 1000,
  });

  measureReconciler(scope.metrics, { records, refunds, clock });
  measureCertificates(scope.metrics, config.wechat?.platformKeys ?? []);

  return {
    handlers: createOperations({
      perform: createPerform({ database, records, begin, assertVerified, settlement, providers, accounts, clock }),
      verify: createVerify({ records, refunds, settlement, providers, show }),
      cancel: createCancel({ records, settlement, providers, clock, show }),
      visit: createVisit({ database, readTicket, admitAtOnce, admit, audit, clock }),
      records: { shown: shownRecords, store: records, show, visits },
      refunds: refunding.operations,
      notified:
        wechat &&
        createNotifications({
          read: wechat.readNotification,
          records,
          refunds,
          settlement,
          refundSettlement: refunding.settlement,
        }),
    }),
    service: { reconcile: () => reconciler.run() },
    data: { imports: [recordImporter({ merchandise, gyms: services.gyms })] },
    start: () => reconciler.start(),
    retire() {
      reconciler.retire();
      setTimeout(() => stopping.abort(), lastCallsMs).unref();
    },
    async stop() {
      stopping.abort();
      await reconciler.stop();
    },
  };
}

function createRefunding(scope: Scope, parts: RefundSettlementParts, asked: Pick<RefundParts, 'recordOfGym' | 'show'>) {
  const shown = scope.resource(resources.Refund);
  const settlement = createRefundSettlement(parts);
  const begin = createBeginRefund(parts);
  return {
    settlement,
    operations: {
      shown,
      request: createRefundTransaction({ ...asked, begin, settlement }),
      pay: createPayRefund({ ...parts, shown, settlement }),
    },
  };
}

function pendingLimits({ pendingSeconds, pendingPerMember, pendingPerMerchandise }: Scope['config']) {
  return { pendingMs: pendingSeconds * 1000, perMember: pendingPerMember, perMerchandise: pendingPerMerchandise };
}

function sandboxIsOn({ config }: Scope): boolean {
  return config.sandbox ?? process.env.NODE_ENV !== 'production';
}

/** The sandbox, where it is on, and those given. @throws Error for two providers of one name */
function createProviders(scope: Scope, given: readonly PaymentProvider[], stopping: AbortSignal): Providers {
  const providers = new Map<string, GuardedProvider>();
  for (const provider of [...(sandboxIsOn(scope) ? [sandbox] : []), ...given]) {
    if (provider.name === free) throw new Error('No payment provider can be named free.');
    if (providers.has(provider.name)) throw new Error(`Two payment providers are named ${provider.name}.`);
    providers.set(provider.name, guarded(provider, { ...scope.host, stopping }));
  }
  return providers;
}
