/** A stand-alone server around the host, with the limits that a public port needs. */
import { createServer, type Server } from 'node:http';
import { type AddressInfo, Server as NetServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import Koa, { type Context, type Middleware, type Next } from 'koa';
import { type Logger, pino } from 'pino';
import type { Answer, HttpContext } from '../steps/http-context.js';
import { connectionLimits, withinConnection } from './connection.js';
import { createListener } from './listener.js';
import { notFound } from './middleware.js';

/** What is served: `createPalestra` makes one. */
export interface Servable {
  middleware(): Middleware;
  /** What is answered without Koa; nothing if absent. */
  answerTo?(ctx: HttpContext): Answer | undefined;
  start(): Promise<void>;
  retire(delayMs?: number): void;
  stop(withinMs?: number): Promise<void>;
}

export interface ServeOptions {
  /** `127.0.0.1` by default. */
  readonly host?: string;
  /** 3000 by default; 0 for any free port. */
  readonly port?: number;
  readonly log?: Logger;
  /**
   * Milliseconds in which the server ends, after `drainDelay`; 9,500 by default. Requests in flight have all of them but
   * the last 2,000 (or a fifth, if that is less), which are for plugins and the database.
   */
  readonly drain?: number;
  /**
   * Milliseconds between the first `/readyz` with 503 and the last new connection, for load balancers that poll it; 0 by
   * default.
   */
  readonly drainDelay?: number;
  /** Milliseconds in which connections without a request are kept after the last new one is taken; 1,000 by default. */
  readonly idleGrace?: number;
  /** Overrides of the default limits. */
  readonly limits?: Partial<ServeLimits>;
}

/** What one client may use of the server; times in milliseconds. */
export interface ServeLimits {
  /** For the request line and headers. */
  readonly headersTimeout: number;
  /** For the whole request, its body included. */
  readonly requestTimeout: number;
  /** How late the two timeouts above may be noticed. */
  readonly connectionsCheckingInterval: number;
  /** Between two requests of one connection; behind a proxy, longer than the proxy's. */
  readonly keepAliveTimeout: number;
  /** Open at once; further connections are dropped. */
  readonly maxConnections: number;
  /** In which a client must read something of an answer, or lose the connection. */
  readonly unreadTimeout: number;
}

export interface RunningServer {
  readonly url: string;
  /** Accepts no more connections, lets requests in flight finish, then stops the host. */
  close(): Promise<void>;
}

/** The client disconnected before the response was complete. */
const clientGone = new Set(['ECONNRESET', 'EPIPE', 'ECANCELED', 'ERR_STREAM_PREMATURE_CLOSE']);

/** A client that sends a byte a second is disconnected within 15 s; a body of 64 KiB has 12 s, enough for 50 kbit/s. */
const defaults: ServeLimits = {
  headersTimeout: 10_000,
  requestTimeout: 12_000,
  connectionsCheckingInterval: 2_500,
  keepAliveTimeout: 5_000,
  maxConnections: 2_000,
  unreadTimeout: connectionLimits.unreadTimeout,
};

const sweepMs = 100;
const mostStopMs = 2_000;
const acceptPollMs = 20;

/** @throws what `start` or `listen` failed with, such as `EADDRINUSE`; the host is stopped then */
export async function serve(palestra: Servable, options: ServeOptions = {}): Promise<RunningServer> {
  const log = options.log ?? pino();
  const { maxConnections, unreadTimeout, ...timeouts } = { ...defaults, ...options.limits };
  const app = new Koa();
  const failed = (err: unknown) => {
    const code = err instanceof Error && 'code' in err ? String(err.code) : '';
    log[clientGone.has(code) ? 'debug' : 'warn']({ err }, 'A response could not be sent.');
  };
  const bounds = { ...connectionLimits, unreadTimeout };
  app.on('error', failed);
  app.use((ctx, next) => withinConnection(ctx, next, bounds));
  app.use(palestra.middleware());
  app.use(redirectToDocs);
  app.use(notFound({ log }));
  const answerTo = (ctx: HttpContext) => palestra.answerTo?.(ctx);
  const listener = createListener({ app, answerTo, limits: bounds, failed });
  const server = createServer({ ...timeouts, maxHeaderSize: 16 * 1024 }, listener);
  server.maxConnections = maxConnections;
  await palestra.start();
  try {
    await listen(server, options.port ?? 3000, options.host ?? '127.0.0.1');
  } catch (error) {
    await palestra.stop();
    throw error;
  }
  let closing: Promise<void> | undefined;
  return {
    url: urlOf(server),
    close: () => {
      closing ??= end(palestra, server, options);
      return closing;
    },
  };
}

/** A person who opens the server's address in a browser is shown what it can do; a program gets the documented 404. */
function redirectToDocs(ctx: Context, next: Next): Promise<unknown> | undefined {
  const wantsPage = ctx.method === 'GET' && ctx.path === '/' && ctx.accepts('json', 'html') === 'html';
  if (!wantsPage) return next();
  ctx.redirect('/docs');
  return undefined;
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function urlOf(server: Server): string {
  const { address, port, family } = server.address() as AddressInfo;
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}

/**
 * From now on each answer closes its connection, so that no client sends a request on a connection that is about to be
 * closed; connections that are idle are closed only after a grace period.
 */
async function end(palestra: Servable, server: Server, options: ServeOptions): Promise<void> {
  const { drain = 9_500, drainDelay = 0, idleGrace = 1_000 } = options;
  const stopMs = Math.min(mostStopMs, drain / 5);
  palestra.retire(drainDelay);
  server.prependListener('request', (_, response) => response.setHeader('connection', 'close'));
  if (drainDelay > 0) await sleep(drainDelay);
  const closeBy = performance.now() + drain - stopMs;
  await listenQueueEmpty(server, idleGrace);
  await close(server, closeBy - performance.now(), idleGrace);
  await palestra.stop(stopMs);
}

/**
 * Connections that a busy process has not accepted yet are reset when it stops listening. Waits until none has come for
 * three polls, for `ms` at most.
 */
async function listenQueueEmpty(server: Server, ms: number): Promise<void> {
  let came = true;
  const mark = () => {
    came = true;
  };
  server.on('connection', mark);
  const deadline = performance.now() + ms;
  for (let quiet = 0; quiet < 3 && performance.now() < deadline; quiet = came ? 0 : quiet + 1) {
    came = false;
    await sleep(acceptPollMs);
  }
  server.off('connection', mark);
}

function close(server: Server, drain: number, idleGrace: number): Promise<void> {
  return new Promise((resolve) => {
    const last = setTimeout(() => server.closeAllConnections(), drain);
    const idle = setTimeout(() => server.closeIdleConnections(), idleGrace);
    const sweep = setInterval(() => server.closeIdleConnections(), sweepMs + idleGrace);
    const done = () => {
      for (const timer of [last, idle, sweep]) clearTimeout(timer);
      // Ends the timer that looks for late requests, and keeps the server in memory.
      server.close();
      resolve();
    };
    // http.Server.close() would close idle connections at once, and stop looking for late requests.
    NetServer.prototype.close.call(server, done);
  });
}
