/** What WeChat Pay gives a merchant, and what we tell it. */
import type { Schema } from '@palestra/core';

export interface WechatConfig {
  readonly appId: string;
  readonly merchantId: string;
  /** Serial number of the merchant's certificate. */
  readonly merchantSerial: string;
  /** PEM of the merchant's private key. */
  readonly merchantKey: string;
  /** The API v3 key: 32 characters. */
  readonly apiKey: string;
  /** WeChat Pay's public keys or certificates (PEM) by the serial that `Wechatpay-Serial` names. */
  readonly platformKeys: Readonly<Record<string, string>>;
  /** Where WeChat Pay reaches `POST /api/payment/wechat/notify`. */
  readonly notifyUrl: string;
  /** `app` for an app's own SDK, `jsapi` inside WeChat, which needs the payer's `openid`. */
  readonly trade: 'app' | 'jsapi';
  readonly baseUrl: string;
}

const text = (description: string): Schema => ({ type: 'string', minLength: 1, description });
const secret = (description: string): Schema => ({ ...text(description), writeOnly: true });

export const wechatSchema: Schema = {
  type: 'object',
  additionalProperties: false,
  required: ['appId', 'merchantId', 'merchantSerial', 'merchantKey', 'apiKey', 'platformKeys', 'notifyUrl'],
  properties: {
    appId: text('The app or official account.'),
    merchantId: text('The merchant (mchid).'),
    merchantSerial: text("Serial number of the merchant's certificate."),
    merchantKey: secret("PEM of the merchant's private key."),
    apiKey: { ...secret('The API v3 key.'), minLength: 32, maxLength: 32 },
    platformKeys: {
      type: 'object',
      minProperties: 1,
      additionalProperties: text('PEM'),
      description: "WeChat Pay's public keys or certificates by serial.",
    },
    notifyUrl: { type: 'string', format: 'uri', description: 'Public URL of POST /api/payment/wechat/notify.' },
    trade: { enum: ['app', 'jsapi'], default: 'app' },
    baseUrl: { type: 'string', format: 'uri', default: 'https://api.mch.weixin.qq.com' },
  },
};
