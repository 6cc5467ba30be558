/**
 * The listener of a stand-alone server. What the host answers is answered without Koa, whose context, composed middleware
 * and observers of the response cost more than reading a row; all else goes through Koa.
 */
import type { IncomingMessage, OutgoingHttpHeader, RequestListener, ServerResponse } from 'node:http';
import { pipeline, Readable } from 'node:stream';
import type Koa from 'koa';
import { type Answer, type HttpContext, NodeContext } from '../steps/http-context.js';
import { type ConnectionLimits, withinConnection } from './connection.js';

export interface ListenerOptions {
  /** Answers what `answerTo` does not. */
  readonly app: Koa;
  /** Undefined for a request that is left to the app. */
  answerTo(ctx: HttpContext): Answer | undefined;
  readonly limits: ConnectionLimits;
  /** A response that could not be sent, or not to its end. */
  failed(error: unknown): void;
}

export function createListener({ app, answerTo, limits, failed }: ListenerOptions): RequestListener {
  const others = app.callback();
  return (request, response) => {
    const ctx = contextOf(app, request, response);
    const answer = ctx && answerTo(ctx);
    if (!answer) {
      void others(request, response);
      return;
    }
    const pending = withinConnection(ctx, () => answerAndSend(ctx, answer, failed), limits);
    if (pending) pending.catch(failed);
  };
}

function answerAndSend(ctx: NodeContext, answer: Answer, failed: ListenerOptions['failed']): void | Promise<void> {
  const fail = (error: unknown) => {
    failed(error);
    sendFailure(ctx);
  };
  try {
    const pending = answer();
    if (pending) return pending.then(() => send(ctx, failed)).catch(fail);
    send(ctx, failed);
  } catch (error) {
    fail(error);
  }
}

/** Undefined for a target that is not simply a path and a query (RFC 9112 section 3.2). */
function contextOf(app: Koa, request: IncomingMessage, response: ServerResponse): NodeContext | undefined {
  const { url = '' } = request;
  return url.startsWith('/') && !url.includes('#') ? new NodeContext(app, request, response, url) : undefined;
}

/** No content of these (RFC 9110 sections 15.3.5, 15.3.6 and 15.4.5), nor headers that describe one. */
const withoutContent: ReadonlySet<number> = new Set([204, 205, 304]);

/** Does not wait for a stream, which is sent as the client reads. */
function send(ctx: NodeContext, failed: ListenerOptions['failed']): void {
  const { req, res, body, headers } = ctx;
  const isStream = body instanceof Readable;
  if (res.destroyed || res.writableEnded) {
    if (isStream) body.destroy();
  } else if (withoutContent.has(res.statusCode)) {
    if (isStream) body.destroy();
    res.writeHead(res.statusCode, headersWithoutContent(headers)).end();
  } else if (!isStream) {
    const content = contentOf(body);
    headers.push('Content-Length', String(Buffer.byteLength(content)));
    res.writeHead(res.statusCode, headers).end(req.method === 'HEAD' ? undefined : content);
  } else if (req.method === 'HEAD') {
    body.destroy();
    res.writeHead(res.statusCode, headers).end();
  } else {
    res.writeHead(res.statusCode, headers);
    pipeline(body, res, (error) => {
      if (error) failed(error);
    });
  }
}

const ofContent = /^(content-type|content-length|transfer-encoding)$/i;

function headersWithoutContent(headers: readonly OutgoingHttpHeader[]): OutgoingHttpHeader[] {
  return headers.filter((_, at) => !ofContent.test(String(headers[at - (at % 2)])));
}

function contentOf(body: unknown): string | Uint8Array {
  return typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body ?? '');
}

function sendFailure({ res }: NodeContext): void {
  if (res.headersSent) {
    res.destroy();
    return;
  }
  for (const name of res.getHeaderNames()) res.removeHeader(name);
  res.writeHead(500, { 'content-type': 'text/plain; charset=utf-8' }).end('Internal Server Error');
}
