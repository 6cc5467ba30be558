/** Reads the body within its limit: JSON, forms and sealed values here, other text by koa-body. */
import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { catalogue, invalidRequest, JsonError, jsonLimitsOf, PalestraError, parseJson } from '@palestra/core';
import type { Context } from 'koa';
import { bodyRequired } from '../contract/faults.js';
import { formMediaType } from '../contract/form.js';
import type { BodyRule, Exchange } from './exchange.js';
import { koaContextOf, NodeContext } from './http-context.js';
import { koaBodyOf } from './koa-body.js';

/** Sealed values come as text or as a compact JWE, which is `application/jose` (RFC 7515 section 9.2.1). */
const readHere: ReadonlySet<string> = new Set(['application/json', 'application/jose', 'text/plain', formMediaType]);

/** Whether koa-body is needed for what an operation describes. */
export function takesOtherText({ mediaTypes }: BodyRule): boolean {
  return mediaTypes.some((mediaType) => !readHere.has(mediaType));
}

const otherCharset = /;\s*charset\s*=\s*"?(?!utf-?8\b)/i;

export async function readBody(exchange: Exchange): Promise<void> {
  const { ctx, operation } = exchange;
  const rule = operation.body;
  if (!rule) return;
  const parsed = ctx instanceof NodeContext ? undefined : parsedBody(ctx);
  exchange.body = parsed === undefined ? await readStream(exchange, rule) : admitParsed(exchange, rule, parsed);
  if (exchange.body === undefined && rule.required) throw bodyRequired();
}

/** Where other middleware leaves a body: koa-body and koa-bodyparser on Koa's request, Express's parsers on Node's. */
interface ParsedRequest {
  readonly headers: object;
  readonly body?: unknown;
  readonly rawBody?: unknown;
}

/**
 * The body, if an embedding app has read it. A parser that does not know the media type leaves `{}` and an unread
 * stream, so the stream decides.
 */
function parsedBody(ctx: Context): unknown {
  const { body } = parsedBy(ctx);
  return wasRead(ctx.req) || !isEmptyObject(body) ? body : undefined;
}

function parsedBy({ req, request }: { readonly req: ParsedRequest; readonly request: ParsedRequest }): {
  readonly body: unknown;
  readonly rawBody: unknown;
} {
  const { body = req.body, rawBody = req.rawBody } = request;
  return { body, rawBody };
}

/** Waiting for a stream that was read, has ended or is destroyed would never end. */
function wasRead(req: IncomingMessage): boolean {
  return req.readableDidRead || req.readableEnded || req.destroyed;
}

function isEmptyObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

/**
 * Applies the limits of a body that is read here: to the text, if the parser kept it (`rawBody`), else to the value
 * serialized again. A content encoding was already decoded by the parser.
 */
function admitParsed(exchange: Exchange, rule: BodyRule, parsed: unknown): unknown {
  const { req } = exchange.ctx;
  if (isEmpty(req)) return undefined;
  assertMediaType(req, rule);
  const raw = rawBytes(parsedBy(koaContextOf(exchange.ctx)).rawBody);
  if (raw) exchange.rawBody = raw;
  const value = typeof parsed === 'string' ? parsed : JSON.stringify(parsed);
  if ((raw?.length ?? Buffer.byteLength(value)) > rule.limit) throw tooLarge(rule, req);
  if (typeof parsed === 'string') return parsed === '' ? undefined : parsed;
  if (mediaTypeOf(req) === formMediaType) return readForm(parsed, rule);
  return readJson(raw && mediaTypeOf(req) === 'application/json' ? raw.toString() : value, rule);
}

function rawBytes(raw: unknown): Buffer | undefined {
  if (typeof raw === 'string') return Buffer.from(raw);
  return raw instanceof Uint8Array ? Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength) : undefined;
}

async function readStream(exchange: Exchange, rule: BodyRule): Promise<unknown> {
  const { req } = exchange.ctx;
  if (isEmpty(req)) return undefined;
  // Its client went away before it was read.
  if (req.destroyed && !req.readableDidRead) throw unreadable();
  if (wasRead(req)) throw alreadyConsumed();
  assertMediaType(req, rule);
  if ((req.headers['content-encoding'] ?? 'identity').toLowerCase() !== 'identity') throw unsupported(rule);
  if (Number(req.headers['content-length'] ?? 0) > rule.limit) throw tooLarge(rule, req);
  const mediaType = mediaTypeOf(req);
  const isOtherText = mediaType === 'text/plain' && otherCharset.test(req.headers['content-type'] ?? '');
  if (isOtherText || !readHere.has(mediaType)) return readByKoaBody(koaContextOf(exchange.ctx), rule);
  const bytes = await readBytes(req, rule);
  exchange.rawBody = bytes;
  if (bytes.length === 0) return undefined;
  if (!isUtf8(bytes)) throw invalidRequest('The body is not UTF-8.', '');
  const text = bytes.toString('utf8');
  if (mediaType === formMediaType) return readForm(text, rule);
  return mediaType === 'application/json' ? readJson(text, rule) : text;
}

function assertMediaType(req: IncomingMessage, rule: BodyRule): void {
  if (!rule.mediaTypes.includes(mediaTypeOf(req))) throw unsupported(rule);
}

function readJson(text: string, { limit }: BodyRule): unknown {
  return admit(() => parseJson(text, jsonLimitsOf(limit)));
}

function readForm(form: unknown, { limit, readForm: read }: BodyRule): unknown {
  return admit(() => read?.(form, jsonLimitsOf(limit)));
}

function admit(read: () => unknown): unknown {
  try {
    return read();
  } catch (error) {
    throw error instanceof JsonError ? invalidRequest(error.message, '') : error;
  }
}

/** No body follows the head: no length and no chunks (RFC 9112 section 6.3). */
function isEmpty(req: IncomingMessage): boolean {
  return req.headers['transfer-encoding'] === undefined && Number(req.headers['content-length'] ?? 0) === 0;
}

/** JSON without a `Content-Type`: clients of the two older backends send none. */
function mediaTypeOf({ headers }: IncomingMessage): string {
  const header = headers['content-type'];
  if (header === undefined || header === 'application/json') return 'application/json';
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
    req.on('error', (cause) => reject(unreadable(cause)));
    req.on('close', () => {
      if (!req.readableEnded) reject(unreadable());
    });
  });
}

/** Text bodies; multipart is not accepted. */
async function readByKoaBody(ctx: Context, rule: BodyRule): Promise<unknown> {
  const reader = koaBodyOf(rule.limit);
  try {
    await reader(ctx, async () => undefined);
  } catch (error) {
    const { status } = error as { status?: number };
    throw status === 413 ? tooLarge(rule, ctx.req) : unreadable(error);
  }
  return parsedBy(ctx).body;
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

function alreadyConsumed(): PalestraError {
  return new PalestraError(catalogue.internal, 'The server could not read the body.', {
    cause: new Error('Other middleware has read the body without leaving it in ctx.request.body.'),
  });
}

function unreadable(cause?: unknown): PalestraError {
  return new PalestraError(catalogue.invalidRequest, 'The body ended early or is not readable.', { cause });
}
