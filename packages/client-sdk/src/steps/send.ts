/** The innermost step: one request through the transport, within its time, and the answer read into data or an error. */
import { type Answer, type Call, envelopeOperation } from '../call/call.js';
import { within } from '../call/limits.js';
import { answerError } from '../errors/answer-error.js';
import { asClientError, building, localError } from '../errors/local-error.js';
import type { Clock } from '../runtime/clock.js';
import { runtime } from '../runtime/runtime.js';
import type { Transport, TransportInit } from '../runtime/transport.js';

interface RawAnswer {
  readonly status: number;
  header(name: string): string | undefined;
  readonly text: string;
}

/** @param find looks the transport up at each call */
export function sending(find: () => Transport | undefined, clock: Clock): (call: Call) => Promise<Answer> {
  return async (call) => {
    const transport = find();
    if (typeof transport !== 'function')
      throw localError('fetch_missing', 'unsupported', call, 'give createClient a `transport`');
    const { status, header, text } = await exchange(transport, clock, call);
    if (status === 304 && 'if-none-match' in call.headers) return { status, header, data: undefined };
    const body = parseJson(text);
    if (status < 200 || status > 299) throw answerError(call, { status, header, body: body ?? text }, clock.now());
    return { status, header, data: dataOf(call, status, text === '' && call.operation.empty ? {} : body) };
  };
}

/** `data` of the envelope, or the bare body, if it has the shape that the contract gives it. */
function dataOf(call: Call, status: number, body: unknown): unknown {
  const { bare, list } = call.operation;
  const { success, data } = bare ? { success: true, data: body } : Object(body);
  const operation = envelopeOperation(call);
  const isList = Array.isArray(data);
  const wantsList = list || operation === 'query' || (operation === undefined && isList);
  if (success === true && Object(data) === data && isList === wantsList) return data;
  throw localError('answer_malformed', 'protocol', call, undefined, { status });
}

/** The body is read within the same time. Without support for abort the transport may go on after that. */
async function exchange(transport: Transport, clock: Clock, call: Call): Promise<RawAnswer> {
  const controller = runtime.AbortController && new runtime.AbortController();
  const init = building(call, () => initOf(call, controller?.signal));
  // The first attempt has all of its time; later ones end with the budget.
  const left = call.attempts ? Math.min(call.timeoutMs, call.deadline - clock.monotonic()) : call.timeoutMs;
  try {
    return await within(call, clock, left, () => read(transport, call, init));
  } catch (cause) {
    controller?.abort();
    throw asClientError(cause, 'network_failed', 'network', call, { retryable: true });
  }
}

async function read(transport: Transport, call: Call, init: TransportInit): Promise<RawAnswer> {
  call.attempts += 1;
  const response = await transport(call.url, init);
  const { status, headers, redirected: followed = isElsewhere(response.url, call.url) } = response;
  const header = (name: string) => headers.get(name) ?? undefined;
  // Status 0: a browser hides a redirect that was not followed.
  if (status && (status < 300 || status > 399 || status === 304) && !followed) {
    return { status, header, text: await response.text() };
  }
  throw localError('redirected', 'protocol', call, header('location') ?? response.url, { status });
}

/** React Native follows redirects in any mode and says so only by the URL; its query is encoded in a way of its own. */
function isElsewhere(url: string | undefined, asked: string): boolean {
  const place = (text: string) => text.split('?')[0]?.toLowerCase();
  return !!url && !/[^ -~]/.test(asked) && place(url) !== place(asked);
}

/** @throws TypeError for a body that is not JSON, and for a header that cannot be sent */
function initOf(call: Call, signal: TransportInit['signal']): TransportInit {
  const { operation, headers } = call;
  for (const name in headers) {
    // RFC 9110: a token, and visible characters of Latin-1.
    if (/^[\w!#$%&'*+.^`|~-]+$/.test(name) && /^[\t -~\x80-\xff]*$/.test(headers[name] as string)) continue;
    throw new TypeError(`the header ${name} cannot be sent`);
  }
  const body = call.sealed ?? (operation.sealed ? undefined : call.body);
  // To `fetch`, an undefined member is an absent one.
  return { method: operation.method, headers, redirect: 'manual', body: JSON.stringify(body), signal };
}

/** Undefined for what is not JSON; no JSON text parses to undefined. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
