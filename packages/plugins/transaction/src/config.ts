/** What an integrator may set. */
import type { EnvironmentVariable, HostFacts, Schema } from '@palestra/core';
import { completeWechat, type WechatConfig, wechatEnvironment, wechatSchema } from './wechat/config.js';

export interface TransactionConfig {
  readonly pendingSeconds: number;
  readonly pendingPerMember: number;
  readonly pendingPerMerchandise: number;
  readonly qrSeconds: number;
  readonly reconcileSeconds: number;
  readonly requireVerifiedEmail: boolean;
  /** On unless `NODE_ENV` is `production`. */
  readonly sandbox?: boolean;
  readonly wechat?: WechatConfig;
}

const seconds = (initial: number, maximum: number, description: string): Schema => ({
  type: 'integer',
  minimum: 1,
  maximum,
  default: initial,
  description,
});

const count = (initial: number, description: string): Schema => ({
  type: 'integer',
  minimum: 1,
  maximum: 1_000_000,
  default: initial,
  description,
});

export const configSchema: Schema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    pendingSeconds: seconds(1800, 86_400, 'How long a purchase waits for its payment.'),
    pendingPerMember: count(100, 'Unpaid purchases that one member may have at once.'),
    pendingPerMerchandise: count(20, 'The same of one merchandise, so that one member does not hold the whole stock.'),
    qrSeconds: seconds(60, 60, 'How long a QR token admits.'),
    reconcileSeconds: seconds(30, 3600, 'How often payments are compared with what the providers say.'),
    requireVerifiedEmail: {
      type: 'boolean',
      default: false,
      description: 'Whether only members with a verified email may buy.',
    },
    sandbox: {
      type: 'boolean',
      description: 'The payment provider that takes no money; off where `NODE_ENV=production`.',
    },
    wechat: wechatSchema,
  },
};

export const environment: readonly EnvironmentVariable[] = [
  { name: 'PALESTRA_SANDBOX_PAYMENTS', setting: '/sandbox' },
  { name: 'PALESTRA_REQUIRE_VERIFIED_EMAIL', setting: '/requireVerifiedEmail' },
  ...wechatEnvironment,
];

export function configure(config: TransactionConfig, host: HostFacts): TransactionConfig {
  return config.wechat ? { ...config, wechat: completeWechat(config.wechat, host) } : config;
}
