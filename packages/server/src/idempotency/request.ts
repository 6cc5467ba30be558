/** A request under an `Idempotency-Key`, and what is said of it while it cannot be answered. */
import { hash } from 'node:crypto';
import { type Clock, catalogue, PalestraError } from '@palestra/core';
import type { AnswerCipher } from './cipher.js';
import type { IdempotencyKeys, KeyRow } from './store.js';
import type { KeyedRequest } from './types.js';

export interface KeeperServices {
  readonly store: IdempotencyKeys;
  readonly cipher: AnswerCipher;
  readonly clock: Clock;
}

/** As the record names it. */
export interface IdentifiedRequest {
  readonly digest: string;
  /** The first is that of a new record. */
  readonly fingerprints: readonly string[];
}

/** How long an answer is kept. */
export const retentionMs: number = 24 * 60 * 60_000;

export function identify({ scope, key, content }: KeyedRequest, cipher: AnswerCipher): IdentifiedRequest {
  return { digest: digestOf(scope, key), fingerprints: cipher.fingerprints(content) };
}

/** A UUID of version 7 (RFC 9562 section 5.7), with or without hyphens: it begins with the milliseconds when it was made. */
const timeOrdered = /^([0-9a-f]{8})-?([0-9a-f]{4})-?7[0-9a-f]{3}-?[89ab][0-9a-f]{3}-?[0-9a-f]{12}$/i;

/**
 * 64 hexadecimal digits: SHA-256, its first 48 bits replaced by the key's own time where it has one. Records made one
 * after the other are then neighbours in the index, which otherwise writes another page for each.
 */
function digestOf(scope: string, key: string): string {
  const digest = hash('sha256', `${scope}\n${key}`, 'hex');
  const [, high, low] = timeOrdered.exec(key) ?? [];
  return high !== undefined && low !== undefined ? `${high}${low}`.toLowerCase() + digest.slice(12) : digest;
}

/**
 * The answer of a record; undefined while its request is executed.
 * @throws PalestraError `unprocessable` (422) if the key was used for another request, `outcomeUnknown` (503) if the
 * keys of the server were replaced, so that its answer cannot be read
 */
export function answerOf(row: KeyRow, request: IdentifiedRequest, cipher: AnswerCipher): string | undefined {
  if (!request.fingerprints.includes(row.fingerprint)) throw otherRequest();
  if (row.answer === null) return undefined;
  const answer = cipher.open(row.answer, request.digest);
  if (answer !== undefined) return answer;
  throw new PalestraError(catalogue.outcomeUnknown, 'This request was executed, and its answer is no longer readable.');
}

/** 409, with the seconds after which the same request is answered. */
export function running(retryAfterMs = 1_000): PalestraError {
  return new PalestraError(catalogue.conflict, 'A request with this Idempotency-Key is running. Send it again later.', {
    headers: { 'retry-after': String(Math.max(1, Math.ceil(retryAfterMs / 1_000))) },
  });
}

function otherRequest(): PalestraError {
  return new PalestraError(
    catalogue.unprocessable,
    'This Idempotency-Key was used for another request. Make a new key.',
  );
}
