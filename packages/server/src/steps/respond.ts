/** Sends the response: `data` in its envelope, a bare body, or a list streamed while it is read. */
import { validateHeaderName, validateHeaderValue } from 'node:http';
import { Readable } from 'node:stream';
import { isEncoded, isReply, isStreamed, type Streamed, successPrefix, successSuffix } from '@palestra/core';
import { turns } from '../async/turns.js';
import type { AnswerRule, Exchange } from './exchange.js';

export function respond(exchange: Exchange): void | Promise<void> {
  const rule = exchange.operation.answer;
  const { body, status } = unwrap(exchange, rule);
  if (isStreamed(body)) {
    if (rule.check) return collect(body).then((items) => send(exchange, rule, status, items));
    return sendStream(exchange, rule, status, body);
  }
  send(exchange, rule, status, body);
}

function unwrap(exchange: Exchange, rule: AnswerRule): { body: unknown; status: number } {
  const { result, ctx } = exchange;
  if (!isReply(result)) return { body: result, status: rule.status };
  for (const [name, value] of Object.entries(result.headers)) {
    // Before the answer begins, so that what cannot be sent is a documented failure.
    validateHeaderName(name);
    validateHeaderValue(name, value);
    ctx.set(name, value);
  }
  return result;
}

function send({ ctx, operation }: Exchange, rule: AnswerRule, status: number, body: unknown): void {
  ctx.status = status;
  if (rule.mediaType === undefined || status === 204 || status === 304) {
    if (status === 204 || status === 304) return;
    ctx.res.setHeader('content-type', 'text/plain; charset=utf-8');
    ctx.body = '';
    return;
  }
  if (body === undefined) throw new TypeError(`The handler of ${operation.id} returned nothing.`);
  if (rule.mediaType !== 'application/json') {
    ctx.set('content-type', rule.mediaType);
    ctx.body = body;
    return;
  }
  const text = jsonOf(body);
  const envelope = rule.envelope && status < 300;
  rule.check?.(status, envelope ? { success: true, data: JSON.parse(text), exceptionMessage: '' } : JSON.parse(text));
  ctx.set('content-type', 'application/json; charset=utf-8');
  ctx.body = envelope ? successPrefix + text + successSuffix : text;
}

function sendStream({ ctx }: Exchange, rule: AnswerRule, status: number, list: Streamed<unknown>): void {
  ctx.status = status;
  ctx.set('content-type', 'application/json; charset=utf-8');
  ctx.body = Readable.from(rule.envelope ? inEnvelope(list) : asArray(list), { highWaterMark: 1 });
}

async function* inEnvelope(list: Streamed<unknown>): AsyncGenerator<string> {
  yield successPrefix;
  yield* asArray(list);
  yield successSuffix;
}

async function* asArray({ chunks }: Streamed<unknown>): AsyncGenerator<string> {
  let separator = '[';
  for await (const chunk of inTurn(chunks)) {
    const list = jsonOf(chunk);
    if (list === '[]') continue;
    yield separator + list.slice(1, -1);
    separator = ',';
  }
  yield separator === '[' ? '[]' : ']';
}

/** The chunks of any list, a plugin's too: many lists that are sent at once do not hold up a short answer. */
async function* inTurn<Chunk>(chunks: AsyncIterable<Chunk>): AsyncGenerator<Chunk> {
  const iterator = chunks[Symbol.asyncIterator]();
  let yielding = false;
  try {
    for (;;) {
      const next = await turns.run(() => iterator.next());
      if (next.done) return;
      yielding = true;
      yield next.value;
      yielding = false;
    }
  } finally {
    if (yielding) await iterator.return?.();
  }
}

/** What the resource engine read is JSON text already. */
function jsonOf(body: unknown): string {
  return isEncoded(body) ? body.text : JSON.stringify(body);
}

async function collect({ chunks }: Streamed<unknown>): Promise<unknown[]> {
  const items: unknown[] = [];
  for await (const chunk of chunks) items.push(...(JSON.parse(jsonOf(chunk)) as unknown[]));
  return items;
}
