/** What WeChat Pay gives a merchant, and what we tell it. */
import { createPrivateKey, createPublicKey } from 'node:crypto';
import { type EnvironmentVariable, type HostFacts, type Schema, SettingError } from '@palestra/core';

export interface WechatConfig {
  readonly appId: string;
  readonly merchantId: string;
  /** Serial number of the merchant's certificate. */
  readonly merchantSerial: string;
  /** PEM of the merchant's private key. */
  readonly merchantKey: string;
  /** The API v3 key: 32 characters. */
  readonly apiKey: string;
  /** Several while WeChat Pay changes its key. */
  readonly platformKeys: readonly PlatformKey[];
  /** Where WeChat Pay reaches `POST /api/payment/wechat/notify`; at the host's public URL unless set. */
  readonly notifyUrl?: string;
  /** `app` for an app's own SDK, `jsapi` inside WeChat, which needs the payer's `openid`. */
  readonly trade: 'app' | 'jsapi';
  readonly baseUrl: string;
}

export interface PlatformKey {
  /** As `Wechatpay-Serial` names it. */
  readonly serial: string;
  /** PEM of WeChat Pay's public key or certificate. */
  readonly key: string;
}

const text = (description: string): Schema => ({ type: 'string', minLength: 1, description });
const secret = (description: string): Schema => ({ ...text(description), writeOnly: true });

export const wechatSchema: Schema = {
  type: 'object',
  additionalProperties: false,
  required: ['merchantId', 'appId', 'merchantSerial', 'merchantKey', 'apiKey', 'platformKeys'],
  properties: {
    appId: text('The app or official account.'),
    merchantId: text('The merchant (mchid).'),
    merchantSerial: text("Serial number of the merchant's certificate."),
    merchantKey: secret("PEM of the merchant's private key."),
    apiKey: { ...secret('The API v3 key.'), minLength: 32, maxLength: 32 },
    platformKeys: {
      type: 'array',
      minItems: 1,
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['serial', 'key'],
        properties: {
          serial: text("Serial that names WeChat Pay's public key or certificate."),
          key: text("PEM of WeChat Pay's public key or certificate."),
        },
      },
    },
    notifyUrl: {
      type: 'string',
      format: 'uri',
      description: 'Public URL of `POST /api/payment/wechat/notify`, if it is not below `PALESTRA_PUBLIC_URL`.',
    },
    trade: {
      enum: ['app', 'jsapi'],
      default: 'app',
      description: "`jsapi` inside WeChat. The payer's `openid` is sent, or known from the sign-in by the same app.",
    },
    baseUrl: {
      type: 'string',
      format: 'uri',
      default: 'https://api.mch.weixin.qq.com',
      description: 'Where WeChat Pay answers.',
    },
  },
};

export const wechatEnvironment: readonly EnvironmentVariable[] = [
  { name: 'PALESTRA_WECHAT_MERCHANT_ID', setting: '/wechat/merchantId' },
  { name: 'PALESTRA_WECHAT_APP_ID', setting: '/wechat/appId', with: 'PALESTRA_WECHAT_MERCHANT_ID' },
  { name: 'PALESTRA_WECHAT_MERCHANT_SERIAL', setting: '/wechat/merchantSerial' },
  { name: 'PALESTRA_WECHAT_MERCHANT_KEY', setting: '/wechat/merchantKey' },
  { name: 'PALESTRA_WECHAT_API_KEY', setting: '/wechat/apiKey' },
  { name: 'PALESTRA_WECHAT_PLATFORM_SERIAL', setting: '/wechat/platformKeys/0/serial' },
  { name: 'PALESTRA_WECHAT_PLATFORM_KEY', setting: '/wechat/platformKeys/0/key', file: true },
  { name: 'PALESTRA_WECHAT_NOTIFY_URL', setting: '/wechat/notifyUrl' },
  { name: 'PALESTRA_WECHAT_TRADE', setting: '/wechat/trade' },
  { name: 'PALESTRA_WECHAT_BASE_URL', setting: '/wechat/baseUrl' },
];

/** @throws SettingError for a key that cannot be read, or without an address for notifications */
export function completeWechat(config: WechatConfig, { publicUrl }: HostFacts): WechatConfig {
  const notifyUrl = config.notifyUrl ?? (publicUrl && `${publicUrl}/api/payment/wechat/notify`);
  if (!notifyUrl) throw new SettingError('/wechat/notifyUrl', 'is required where PALESTRA_PUBLIC_URL is not set');
  assertReadable('/wechat/merchantKey', 'a private key', () => createPrivateKey(config.merchantKey));
  for (const [index, { key }] of config.platformKeys.entries()) {
    const setting = `/wechat/platformKeys/${index}/key`;
    assertReadable(setting, 'a public key or certificate', () => createPublicKey(key));
  }
  return { ...config, notifyUrl };
}

function assertReadable(setting: string, what: string, read: () => unknown): void {
  try {
    read();
  } catch {
    throw new SettingError(setting, `is not ${what} in PEM`);
  }
}
