/** WeChat Pay's signatures: RSA-SHA256, ours over each request, theirs over each answer and notification. */
import { constants, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import type { PlatformKey } from './config.js';

export interface SignedMessage {
  /** `Wechatpay-Timestamp`, seconds since the epoch. */
  readonly timestamp: string | undefined;
  readonly nonce: string | undefined;
  /** `Wechatpay-Signature`, base64. */
  readonly signature: string | undefined;
  /** `Wechatpay-Serial`: the key it is made with. */
  readonly serial: string | undefined;
  /** The very bytes that came. */
  readonly body: Uint8Array;
}

const toleranceMs = 5 * 60_000;

export type PlatformKeys = ReadonlyMap<string, KeyObject>;

/** @throws Error if a PEM is neither a public key nor a certificate */
export function platformKeysOf(keys: readonly PlatformKey[]): PlatformKeys {
  return new Map(keys.map(({ serial, key }) => [serial, createPublicKey(key)]));
}

/** Why the message is not WeChat Pay's; undefined if it is. */
export function flawOf(message: SignedMessage, keys: PlatformKeys, now: number): string | undefined {
  const { timestamp, nonce, signature, serial, body } = message;
  if (!timestamp || !nonce || !signature || !serial) return 'not signed';
  const key = keys.get(serial);
  if (!key) return `signed by the unknown key ${JSON.stringify(serial).slice(0, 100)}`;
  if (!/^\d{1,12}$/.test(timestamp)) return 'timestamp is not a number of seconds';
  if (Math.abs(Number(timestamp) * 1000 - now) > toleranceMs) return 'timestamp is more than 5 minutes off';
  const text = Buffer.concat([Buffer.from(`${timestamp}\n${nonce}\n`), body, Buffer.from('\n')]);
  const bytes = Buffer.from(signature, 'base64');
  // Base64 has spare bits at its end: only one spelling of a signature is one.
  const valid = bytes.toString('base64') === signature && verify('sha256', text, padded(key), bytes);
  return valid ? undefined : 'signature does not match';
}

/** Base64 over lines each ended by a newline: how WeChat Pay signs everything. */
export function signLines(lines: readonly string[], key: KeyObject): string {
  return sign('sha256', Buffer.from(lines.map((line) => `${line}\n`).join('')), padded(key)).toString('base64');
}

function padded(key: KeyObject): { key: KeyObject; padding: number } {
  return { key, padding: constants.RSA_PKCS1_PADDING };
}
