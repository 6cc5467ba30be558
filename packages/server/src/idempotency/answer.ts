/** An answer as text and back: what was answered once is answered again, refusals too. */
import { isEncoded, isPalestraError, isReply, isStreamed, PalestraError, reply } from '@palestra/core';

type Stored =
  | { readonly kind: 'result'; readonly result?: unknown }
  | {
      readonly kind: 'reply';
      readonly status: number;
      readonly headers: Readonly<Record<string, string>>;
      readonly body?: unknown;
    }
  | {
      readonly kind: 'error';
      readonly fact: PalestraError['fact'];
      readonly message: string;
      readonly errors: PalestraError['errors'];
      readonly headers: PalestraError['headers'];
      /** Of the request that failed: its problem document names it. */
      readonly requestId: string;
    };

/** A failure given again: `failures.ts` names the first request in its body. */
export interface ReplayedError extends PalestraError {
  readonly requestId: string;
}

export interface KeptAnswer {
  readonly text: string;
  /** It holds no secret, since it says nothing but what a table of resources says. */
  readonly isOpen: boolean;
}

/** Undefined for a list that is streamed: it has no effect, so the same call simply reads again. */
export function encodeResult(result: unknown): KeptAnswer | undefined {
  if (isStreamed(result)) return undefined;
  if (!isReply(result)) return encodeWith({ kind: 'result' }, 'result', result);
  return encodeWith({ kind: 'reply', status: result.status, headers: result.headers }, 'body', result.body);
}

/** Undefined for a failure that may pass, after which the same call should be made again and not be answered. */
export function encodeFailure(error: unknown, requestId: string): KeptAnswer | undefined {
  if (!isPalestraError(error) || passing.has(error.fact.status)) return undefined;
  const { fact, message, errors, headers } = error;
  const stored: Stored = { kind: 'error', fact, message, errors, headers, requestId };
  return { text: JSON.stringify(stored), isOpen: false };
}

/** What the handler returned then. @throws what it threw then */
export function replay(text: string): unknown {
  const stored: Stored = JSON.parse(text);
  if (stored.kind === 'result') return stored.result;
  if (stored.kind === 'reply') return reply(stored.status, stored.body, { ...stored.headers });
  const { fact, message, errors, headers, requestId } = stored;
  throw Object.assign(new PalestraError(fact, message, { errors, headers }), { requestId });
}

export function isReplayed(error: PalestraError): error is ReplayedError {
  return 'requestId' in error;
}

/** A conflict with a state that may change, such as a stock that is empty; too many requests; a server in trouble. */
const passing: ReadonlySet<number> = new Set([409, 429, 500, 502, 503, 504]);

/** What is JSON text already is put in as it is. */
function encodeWith(stored: Stored, member: 'result' | 'body', value: unknown): KeptAnswer {
  const encoded = isEncoded(value) ? value : undefined;
  const text = encoded ? encoded.text : JSON.stringify(value);
  const others = JSON.stringify(stored);
  return {
    text: text === undefined ? others : `${others.slice(0, -1)},"${member}":${text}}`,
    isOpen: encoded?.asStored === true,
  };
}
