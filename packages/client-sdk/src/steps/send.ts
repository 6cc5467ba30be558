/** The innermost step: one request through the transport, within its time, and the answer read into data or error. */
import { isEnvelope } from '@palestra/core';
import { type Answer, type Call, originOf } from '../call/call.js';
import { errorOfAnswer, retryAfterMs } from '../errors/answer-errors.js';
import { ClientError, type ErrorFacts } from '../errors/client-error.js';
import { aborted } from '../errors/local-errors.js';
import type { Clock } from '../runtime/clock.js';
import { runtime } from '../runtime/runtime.js';
import type { Transport, TransportInit } from '../runtime/transport.js';

interface RawAnswer {
  readonly status: number;
  header(name: string): string | undefined;
  readonly text: string;
}

export function sending(transport: Transport, clock: Clock): (call: Call) => Promise<Answer> {
  return async (call) => {
    const raw = await exchange(transport, clock, call);
    const { status, header } = raw;
    if (status === 304 && 'if-none-match' in call.headers) return { status, header, data: undefined };
    const body = parse(raw.text);
    if (status < 200 || status > 299) {
      const retryAfter = retryAfterMs(header('retry-after'), header('date'), clock.now());
      throw errorOfAnswer(originOf(call), { status, body: body ?? raw.text, retryAfterMs: retryAfter });
    }
    return { status, header, data: unwrap(call, raw, body) };
  };
}

/** Undefined for what is not JSON; no JSON text parses to undefined. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function unwrap(call: Call, { status, text }: RawAnswer, body: unknown): unknown {
  if (call.operation.bare) {
    if (body !== undefined || text === '') return body;
  } else if (isEnvelope(body)) {
    return body.data;
  }
  const message = 'The answer is not what the contract says; does baseUrl lead to a Palestra server?';
  throw failure(call, { kind: 'protocol', code: 'answer_malformed', status, message });
}

/** Rejects with kind `network`, `timeout` or `aborted`; the body is read within the same time. */
function exchange(transport: Transport, clock: Clock, call: Call): Promise<RawAnswer> {
  const { signal } = call;
  if (signal?.aborted) return Promise.reject(aborted(originOf(call)));
  call.attempts += 1;
  const controller = runtime.AbortController && new runtime.AbortController();
  const init = initOf(call, controller?.signal);
  let leave = (): void => {};
  const answered = new Promise<RawAnswer>((resolve, reject) => {
    const end = (error: ClientError) => {
      reject(error);
      controller?.abort();
    };
    const onAbort = () => end(aborted(originOf(call)));
    const cancelTimer = clock.schedule(() => end(failure(call, noAnswer.timeout)), timeOf(call, clock));
    signal?.addEventListener('abort', onAbort);
    leave = () => {
      cancelTimer();
      signal?.removeEventListener('abort', onAbort);
    };
    read(transport, call.url, init).then(resolve, (cause) => reject(failure(call, { ...noAnswer.network, cause })));
  });
  // Not when the transport ends: without support for abort it may never end.
  return answered.finally(leave);
}

type Failure = Pick<ErrorFacts, 'kind' | 'code' | 'status' | 'retryable' | 'cause'> & { readonly message: string };

const noAnswer = {
  network: { kind: 'network', code: 'network_failed', retryable: true, message: 'The server could not be reached' },
  timeout: { kind: 'timeout', code: 'timed_out', retryable: true, message: 'No answer in time' },
} as const satisfies Record<string, Failure>;

function failure(call: Call, { message, ...facts }: Failure): ClientError {
  return new ClientError(message, { ...originOf(call), ...facts });
}

async function read(transport: Transport, url: string, init: TransportInit): Promise<RawAnswer> {
  const response = await transport(url, init);
  const { status, headers } = response;
  return { status, header: (name) => headers.get(name) ?? undefined, text: await response.text() };
}

/** The first attempt has all of its time; later ones end with the budget. */
function timeOf(call: Call, clock: Clock): number {
  return call.attempts === 1 ? call.timeoutMs : Math.min(call.timeoutMs, call.deadline - clock.now());
}

function initOf(call: Call, signal: TransportInit['signal']): TransportInit {
  const body = call.sealed ?? (call.operation.sealed === undefined ? call.body : undefined);
  return {
    method: call.operation.method,
    headers: call.headers,
    cache: 'no-store',
    ...(body !== undefined && { body: JSON.stringify(body) }),
    ...(signal && { signal }),
  };
}
