/** An answer as text and back: what was answered once is answered again, refusals too. */
import { isPalestraError, isReply, isStreamed, PalestraError, reply } from '@palestra/core';

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

/** Undefined for a list that is streamed: it has no effect, so the same call simply reads again. */
export function encodeResult(result: unknown): string | undefined {
  if (isStreamed(result)) return undefined;
  return encode(
    isReply(result)
      ? { kind: 'reply', status: result.status, headers: result.headers, body: result.body }
      : { kind: 'result', result },
  );
}

/** Undefined for a failure that may pass, after which the same call should be made again and not be answered. */
export function encodeFailure(error: unknown, requestId: string): string | undefined {
  if (!isPalestraError(error) || passing.has(error.fact.status)) return undefined;
  const { fact, message, errors, headers } = error;
  return encode({ kind: 'error', fact, message, errors, headers, requestId });
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

function encode(stored: Stored): string {
  return JSON.stringify(stored);
}
