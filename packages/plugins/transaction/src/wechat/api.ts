/** Calls to WeChat Pay API v3: signed by us, and believed only if the answer is signed by WeChat Pay. */

import { createPrivateKey, type KeyObject, randomBytes } from 'node:crypto';
import type { Clock } from '@palestra/core';
import { ProviderError } from '../providers/provider.js';
import type { WechatConfig } from './config.js';
import { flawOf, type PlatformKeys, signLines } from './signature.js';

export interface WechatAnswer {
  readonly status: number;
  /** Empty for 204. */
  readonly body: Readonly<Record<string, unknown>>;
}

export interface WechatApi {
  /**
   * An answer below 500 that WeChat Pay has signed, errors among them.
   * @throws ProviderError `unreachable` or `forged`
   */
  call(method: 'GET' | 'POST', path: string, body: object | undefined, signal: AbortSignal): Promise<WechatAnswer>;
  /** A signature for the payer's device. */
  sign(lines: readonly string[]): string;
}

const maxAnswerBytes = 256 * 1024;

export function createWechatApi(config: WechatConfig, platformKeys: PlatformKeys, clock: Clock): WechatApi {
  const merchantKey = createPrivateKey(config.merchantKey);
  return {
    sign: (lines) => signLines(lines, merchantKey),
    async call(method, path, body, signal) {
      const text = body === undefined ? '' : JSON.stringify(body);
      const authorization = authorize(config, merchantKey, { method, path, text, now: clock.now() });
      const { response, bytes } = await send(config.baseUrl + path, { method, authorization, text, signal });
      if (response.status >= 500 || response.status === 429) {
        throw new ProviderError('unreachable', `WeChat Pay answered ${response.status}`);
      }
      const header = (name: string) => response.headers.get(`wechatpay-${name}`) ?? undefined;
      const flaw = flawOf(
        {
          timestamp: header('timestamp'),
          nonce: header('nonce'),
          signature: header('signature'),
          serial: header('serial'),
          body: bytes,
        },
        platformKeys,
        clock.now(),
      );
      if (flaw) throw new ProviderError('forged', `WeChat Pay's answer ${response.status}: ${flaw}`);
      return { status: response.status, body: parsed(bytes) };
    },
  };
}

interface Outgoing {
  readonly method: string;
  readonly path: string;
  readonly text: string;
  readonly now: number;
}

function authorize(config: WechatConfig, key: KeyObject, { method, path, text, now }: Outgoing): string {
  const timestamp = String(Math.floor(now / 1000));
  const nonce = randomBytes(16).toString('hex');
  const signature = signLines([method, path, timestamp, nonce, text], key);
  const fields = {
    mchid: config.merchantId,
    nonce_str: nonce,
    signature,
    timestamp,
    serial_no: config.merchantSerial,
  };
  const list = Object.entries(fields).map(([name, value]) => `${name}="${value}"`);
  return `WECHATPAY2-SHA256-RSA2048 ${list.join(',')}`;
}

interface Sending {
  readonly method: string;
  readonly authorization: string;
  readonly text: string;
  readonly signal: AbortSignal;
}

async function send(
  url: string,
  { method, authorization, text, signal }: Sending,
): Promise<{ response: Response; bytes: Uint8Array }> {
  try {
    const response = await fetch(url, {
      method,
      signal,
      redirect: 'error',
      headers: {
        authorization,
        accept: 'application/json',
        'user-agent': 'palestra',
        ...(text !== '' && { 'content-type': 'application/json' }),
      },
      ...(text !== '' && { body: text }),
    });
    return { response, bytes: await readAll(response) };
  } catch (cause) {
    throw cause instanceof ProviderError
      ? cause
      : new ProviderError('unreachable', 'WeChat Pay does not answer', cause);
  }
}

async function readAll(response: Response): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    if (length > maxAnswerBytes) throw new ProviderError('forged', "WeChat Pay's answer has no end");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function parsed(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  if (bytes.length === 0) return {};
  const value: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'));
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
