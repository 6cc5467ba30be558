/** What the steps see of a request and its response: a context of Koa, or one without Koa, which costs a fifth of it. */
import type { IncomingMessage, OutgoingHttpHeader, ServerResponse } from 'node:http';
import { type ParsedUrlQuery, parse } from 'node:querystring';
import type Koa from 'koa';
import type { Context } from 'koa';

export type HttpContext = Context | NodeContext;

/** Sets status, headers and body of the context it was made for; what it throws is not for the client. */
export type Answer = () => void | Promise<void>;

/** The context that Koa's own functions and those of the embedding app take. */
export function koaContextOf(ctx: HttpContext): Context {
  return ctx instanceof NodeContext ? ctx.koa : ctx;
}

/** Members are those of Koa's context, with the same meaning. */
export class NodeContext {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly path: string;
  readonly querystring: string;
  /** Names and values in turn: Node writes such a list for less than it takes to set one header after the other. */
  readonly headers: OutgoingHttpHeader[] = [];
  /** Text, bytes or a stream. */
  body: unknown;
  readonly #app: Koa;
  #koa: Context | undefined;

  /** @param url the target of the request: a path, and a query behind it */
  constructor(app: Koa, req: IncomingMessage, res: ServerResponse, url: string) {
    this.#app = app;
    this.req = req;
    this.res = res;
    const end = url.indexOf('?');
    this.path = end === -1 ? url : url.slice(0, end);
    this.querystring = end === -1 ? '' : url.slice(end + 1);
  }

  get method(): string {
    return this.req.method ?? '';
  }

  get query(): ParsedUrlQuery {
    return parse(this.querystring);
  }

  get ip(): string {
    return this.req.socket.remoteAddress ?? '';
  }

  get protocol(): string {
    return 'encrypted' in this.req.socket ? 'https' : 'http';
  }

  get status(): number {
    return this.res.statusCode;
  }

  set status(code: number) {
    this.res.statusCode = code;
  }

  /** Instead of the value that the header has, in whichever case its name is written. */
  set(name: string, value: string | string[]): void {
    const { headers } = this;
    for (let at = 0; at < headers.length; at += 2) {
      if (!isSame(headers[at], name)) continue;
      headers[at + 1] = value;
      return;
    }
    headers.push(name, value);
  }

  /** Of the same request and response. */
  get koa(): Context {
    this.#koa ??= this.#app.createContext(this.req, this.res);
    return this.#koa;
  }
}

function isSame(one: OutgoingHttpHeader | undefined, name: string): boolean {
  return (
    one === name || (typeof one === 'string' && one.length === name.length && one.toLowerCase() === name.toLowerCase())
  );
}
