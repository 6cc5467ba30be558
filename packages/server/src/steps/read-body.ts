/** Reads the body within its limit; JSON here, since that is the hot path, everything else through koa-body. */
import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { catalogue, invalidRequest, JsonError, PalestraError, parseJson } from '@palestra/core';
import type { Context } from 'koa';
import { koaBody } from 'koa-body';
import { bodyRequired } from '../contract/faults.js';
import type { BodyRule, Exchange } from './exchange.js';

export async function readBody(exchange: Exchange): Promise<void> {
  const { ctx, operation } = exchange;
  const rule = operation.body;
  if (!rule) return;
  const parsed = (ctx.request as { body?: unknown }).body;
  exchange.body = parsed === undefined ? await readOwn(exchange, rule) : admitParsed(parsed);
  if (exchange.body === undefined && rule.required) throw bodyRequired();
}

/** An embedding app has parsed it: the text is gone, so its value goes through the same limits again. */
function admitParsed(parsed: unknown): unknown {
  if (typeof parsed !== 'object' || parsed === null) return parsed === '' ? undefined : parsed;
  return Object.keys(parsed).length === 0 ? parsed : parseText(JSON.stringify(parsed));
}

async function readOwn(exchange: Exchange, rule: BodyRule): Promise<unknown> {
  const { req } = exchange.ctx;
  if (req.readableDidRead) throw consumed();
  const mediaType = mediaTypeOf(req.headers['content-type']);
  if (isEmpty(req)) return undefined;
  if (!rule.mediaTypes.includes(mediaType)) throw unsupported(rule);
  if ((req.headers['content-encoding'] ?? 'identity') !== 'identity') throw unsupported(rule);
  if (Number(req.headers['content-length'] ?? 0) > rule.limit) throw tooLarge(rule, req);
  if (mediaType !== 'application/json') return readOther(exchange.ctx, rule);
  const bytes = await readBytes(req, rule);
  exchange.rawBody = bytes;
  if (bytes.length === 0) return undefined;
  if (!isUtf8(bytes)) throw invalidRequest('The body is not UTF-8.', '');
  return parseText(bytes.toString('utf8'));
}

function parseText(text: string): unknown {
  try {
    return parseJson(text);
  } catch (error) {
    throw error instanceof JsonError ? invalidRequest(error.message, '') : error;
  }
}

/** Nothing follows the head: no length and no chunks (RFC 9112 section 6.3). */
function isEmpty(req: IncomingMessage): boolean {
  return req.headers['transfer-encoding'] === undefined && Number(req.headers['content-length'] ?? 0) === 0;
}

/** Without a `Content-Type` JSON is meant: the seeds' clients send nothing else. */
function mediaTypeOf(header: string | undefined): string {
  if (header === undefined) return 'application/json';
  const type = (header.split(';', 1)[0] ?? '').trim().toLowerCase();
  return type.endsWith('+json') ? 'application/json' : type;
}

function readBytes(req: IncomingMessage, rule: BodyRule): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    req.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length > rule.limit) reject(tooLarge(rule, req));
      else chunks.push(chunk);
    });
    req.on('end', () => resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks, length)));
    req.on('error', (cause) => reject(broken(cause)));
    req.on('close', () => reject(broken()));
  });
}

const readers = new Map<number, ReturnType<typeof koaBody>>();

/** Text and form bodies; multipart is none of ours. */
async function readOther(ctx: Context, rule: BodyRule): Promise<unknown> {
  let reader = readers.get(rule.limit);
  if (!reader) {
    const limit = String(rule.limit);
    reader = koaBody({ json: false, multipart: false, textLimit: limit, formLimit: limit, includeUnparsed: false });
    readers.set(rule.limit, reader);
  }
  try {
    await reader(ctx, async () => undefined);
  } catch (error) {
    const { status } = error as { status?: number };
    throw status === 413 ? tooLarge(rule, ctx.req) : broken(error);
  }
  return (ctx.request as { body?: unknown }).body;
}

function tooLarge({ limit }: BodyRule, req: IncomingMessage): PalestraError {
  req.resume();
  return new PalestraError(catalogue.bodyTooLarge, `The body has more than ${limit} bytes.`, {
    headers: { connection: 'close' },
  });
}

function unsupported({ mediaTypes }: BodyRule): PalestraError {
  return new PalestraError(
    catalogue.unsupportedMediaType,
    `Send the body as ${mediaTypes.join(' or ')}, uncompressed.`,
    {
      headers: { accept: mediaTypes.join(', ') },
    },
  );
}

function consumed(): PalestraError {
  return new PalestraError(catalogue.internal, 'The server could not read the body.', {
    cause: new Error('Another middleware has read the body without leaving ctx.request.body.'),
  });
}

function broken(cause?: unknown): PalestraError {
  return new PalestraError(catalogue.invalidRequest, 'The body ended early or is not readable.', { cause });
}
