/**
 * The QR token that admits a member: a compact JWS of at most 300 characters, valid for a minute and for one visit.
 * It has one algorithm and a key of its own; a forged one never reaches the database.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { type Clock, catalogue, PalestraError } from '@palestra/core';
import type { KeyRing, SecretKey } from '@palestra/core/auth';
import { qrInvalid } from '../errors.js';

interface Admission {
  readonly record: number;
  readonly gym: number;
  /** Names this token; it admits once. */
  readonly tokenId: string;
}

export interface QrTokens {
  issue(record: number, gym: number): string;
  /** @throws PalestraError `qrInvalid` (403) if it is not ours, `conflict` (409) if its time is over */
  open(token: string): Admission;
}

interface Payload {
  readonly r: number;
  readonly g: number;
  readonly j: string;
  readonly exp: number;
}

const algorithm = 'HS256';
const type = 'palestra-qr';
const tokenIdBytes = 12;

export function createQrTokens(keys: KeyRing<SecretKey>, clock: Clock, seconds: number): QrTokens {
  return {
    issue(record, gym) {
      const key = keys.active;
      const exp = Math.floor(clock.now() / 1000) + seconds;
      const payload: Payload = { r: record, g: gym, j: randomBytes(tokenIdBytes).toString('base64url'), exp };
      const text = `${encode({ alg: algorithm, typ: type, kid: key.kid })}.${encode(payload)}`;
      return `${text}.${sign(text, key).toString('base64url')}`;
    },
    open(token) {
      const payload = verified(token, keys);
      if (payload.exp * 1000 <= clock.now()) {
        throw new PalestraError(catalogue.conflict, 'The QR code is older than a minute. Show a new one.');
      }
      return { record: payload.r, gym: payload.g, tokenId: payload.j };
    },
  };
}

function verified(token: string, keys: KeyRing<SecretKey>): Payload {
  const [head = '', body = '', signature = '', ...rest] = token.split('.');
  const header = decode(head) as { alg?: unknown; typ?: unknown; kid?: unknown } | undefined;
  if (rest.length > 0 || header?.alg !== algorithm || header.typ !== type || typeof header.kid !== 'string') {
    throw qrInvalid();
  }
  const key = keys.find(header.kid);
  if (!key) throw qrInvalid();
  const expected = sign(`${head}.${body}`, key);
  const given = Buffer.from(signature, 'base64url');
  // Only the canonical spelling: else one token would have several texts.
  if (given.toString('base64url') !== signature || given.length !== expected.length) throw qrInvalid();
  if (!timingSafeEqual(given, expected)) throw qrInvalid();
  return decode(body) as Payload;
}

function sign(text: string, { secret }: SecretKey): Buffer {
  return createHmac('sha256', secret).update(text).digest();
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function decode(text: string): unknown {
  try {
    const value: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
