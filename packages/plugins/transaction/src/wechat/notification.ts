/** WeChat Pay's notifications: the raw body is signed, the order or refund in it encrypted. Nothing else is believed. */
import type { Call, Clock } from '@palestra/core';
import { notificationInvalid } from '../errors.js';
import type { WechatConfig } from './config.js';
import { decryptResource, type EncryptedResource } from './decryption.js';
import { readOrder, type WechatOrder } from './order.js';
import { readRefund, type WechatRefund } from './refund.js';
import { flawOf, type PlatformKeys } from './signature.js';

export interface Notification {
  readonly event_type: string;
  readonly resource: EncryptedResource;
}

interface Notified {
  readonly order?: WechatOrder;
  readonly refund?: WechatRefund;
}

/** Empty for a genuine one that is about something else. @throws PalestraError (401) */
export type NotificationReader = (notification: Notification, call: Call) => Notified;

export function createNotificationReader(
  config: WechatConfig,
  platformKeys: PlatformKeys,
  clock: Clock,
): NotificationReader {
  return ({ event_type, resource }, call) => {
    const header = (name: string) => call.header(`wechatpay-${name}`);
    if (!call.rawBody) throw notificationInvalid('another middleware has read the body, so its bytes are lost');
    const flaw = flawOf(
      {
        timestamp: header('timestamp'),
        nonce: header('nonce'),
        signature: header('signature'),
        serial: header('serial'),
        body: call.rawBody,
      },
      platformKeys,
      clock.now(),
    );
    if (flaw) throw notificationInvalid(flaw);
    const content = decryptResource(resource, config.apiKey);
    if (content === undefined) throw notificationInvalid('its resource is not sealed with our key');
    if (event_type.startsWith('REFUND.')) return { refund: refundIn(content, config) };
    if (!event_type.startsWith('TRANSACTION.')) return {};
    const order = readOrder(content, config);
    if (!order) throw notificationInvalid('its order is not of this merchant and app');
    return { order };
  };
}

function refundIn(content: unknown, { merchantId }: WechatConfig): WechatRefund {
  const refund = readRefund(content);
  const { mchid } = content as { mchid?: unknown };
  if (!refund || mchid !== merchantId) throw notificationInvalid('its refund is not of this merchant');
  return refund;
}
