/** An answer as text and back, failures included. */
import { isPalestraError, isReply, PalestraError, reply } from '@palestra/core';

type Stored =
  | { readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly body: unknown }
  | { readonly result: unknown }
  | { readonly error: StoredError };

interface StoredError {
  readonly fact: PalestraError['fact'];
  readonly message: string;
  readonly errors: PalestraError['errors'];
  readonly headers: PalestraError['headers'];
  /** Of the request that failed; its problem document shows it. */
  readonly requestId: string;
}

/** A failure that is replayed, with the id of the request that failed first. */
export interface ReplayedError extends PalestraError {
  readonly requestId: string;
}

export function encodeResult(result: unknown): string {
  const stored: Stored = isReply(result)
    ? { status: result.status, headers: result.headers, body: result.body }
    : { result };
  return JSON.stringify(stored);
}

/** Undefined for a transient failure, after which the next call with the key should execute. */
export function encodeFailure(error: unknown, requestId: string): string | undefined {
  if (!isPalestraError(error) || transient.has(error.fact.status)) return undefined;
  const { fact, message, errors, headers } = error;
  const stored: Stored = { error: { fact, message, errors, headers, requestId } };
  return JSON.stringify(stored);
}

/** Returns what the handler returned. @throws what it threw */
export function replay(text: string): unknown {
  const stored = JSON.parse(text) as Stored;
  if ('result' in stored) return stored.result;
  if ('body' in stored) return reply(stored.status, stored.body, { ...stored.headers });
  const { fact, message, errors, headers, requestId } = stored.error;
  throw Object.assign(new PalestraError(fact, message, { errors, headers }), { requestId });
}

export function isReplayed(error: PalestraError): error is ReplayedError {
  return 'requestId' in error;
}

/** Too many requests, a broken gateway, unavailable, timeout. */
const transient: ReadonlySet<number> = new Set([429, 502, 503, 504]);
