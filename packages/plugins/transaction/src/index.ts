/** Transactions: purchases, their payment by providers that are plug-ins, and the visits they are spent on. */
import { accountsService, gymService, merchandiseService, need, transactionEvents } from '@palestra/core';
import type { Plugin } from '@palestra/server/plugin';
import { configSchema, configure, environment } from './config.js';
import { contract } from './contract.generated.js';
import { demo } from './demo.js';
import { errors } from './errors.js';
import { collections, migrations, personalData } from './migrations.js';
import type { PaymentProvider } from './providers/provider.js';
import { setUp, type TransactionTypes, transactionService } from './set-up.js';
import { version } from './version.generated.js';

export type { TransactionConfig } from './config.js';
export {
  isProviderError,
  type NewOrder,
  type Order,
  type PaymentProvider,
  type PaymentStatus,
  ProviderError,
  type RefundOrder,
  type RefundStatus,
} from './providers/provider.js';
export { type TransactionService, type TransactionTypes, transactionService } from './set-up.js';
export type { WechatConfig } from './wechat/config.js';

export interface TransactionOptions {
  /** Ways to pay beside the built-in `sandbox` and `wechat`. */
  readonly providers?: readonly PaymentProvider[];
}

export function createTransaction({ providers = [] }: TransactionOptions = {}): Plugin<TransactionTypes> {
  return {
    name: 'transaction',
    version,
    host: '^1.0.0',
    contract,
    config: configSchema,
    environment,
    configure,
    requires: { accounts: need(accountsService), gyms: need(gymService), merchandise: need(merchandiseService) },
    provides: transactionService,
    errors,
    emits: Object.values(transactionEvents),
    migrations,
    personalData,
    collections,
    // A visit that a restore forgets must not be made again with the same QR token.
    restore: [{ renew: 'qr' }],
    demo,
    setup: (scope) => setUp(scope, providers),
  };
}

export const transaction: Plugin<TransactionTypes> = createTransaction();
