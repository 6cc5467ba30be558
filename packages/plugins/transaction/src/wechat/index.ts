/** WeChat Pay as a payment provider, and the reader of its notifications. */
import type { Clock } from '@palestra/core';
import type { PaymentProvider } from '../providers/provider.js';
import { createWechatApi } from './api.js';
import type { WechatConfig } from './config.js';
import { createNotificationReader, type NotificationReader } from './notification.js';
import { createWechatProvider } from './provider.js';
import { platformKeysOf } from './signature.js';

export interface Wechat {
  readonly provider: PaymentProvider;
  readonly readNotification: NotificationReader;
}

/** @throws Error for an invalid key */
export function createWechat(config: WechatConfig, clock: Clock): Wechat {
  const platformKeys = platformKeysOf(config.platformKeys);
  const api = createWechatApi(config, platformKeys, clock);
  return {
    provider: createWechatProvider(config, api, clock),
    readNotification: createNotificationReader(config, platformKeys, clock),
  };
}
