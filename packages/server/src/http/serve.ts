/** A stand-alone server around the host, with the limits a public port needs (decision D15). */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import Koa, { type Context, type Middleware, type Next } from 'koa';
import { type Logger, pino } from 'pino';
import { notFound } from './middleware.js';

/** What is served: `createPalestra` makes one. */
export interface Servable {
  middleware(): Middleware;
  start(): Promise<void>;
  retire(): void;
  stop(): Promise<void>;
}

export interface ServeOptions {
  /** `127.0.0.1` unless told. */
  readonly host?: string;
  /** 3000 unless told; 0 for any free one. */
  readonly port?: number;
  readonly log?: Logger;
  /** Milliseconds that requests under way get at the end; 10,000 unless told. */
  readonly drain?: number;
  /** Milliseconds between `/readyz` saying no and the last new connection, for balancers that ask; 0 unless told. */
  readonly drainDelay?: number;
  /** Those of `ServeLimits` that are to be others. */
  readonly limits?: Partial<ServeLimits>;
}

/** What one client may take of the server; in milliseconds. */
export interface ServeLimits {
  /** For the head of a request. */
  readonly headersTimeout: number;
  /** For all of a request, its body included. */
  readonly requestTimeout: number;
  /** How late the two above may be noticed. */
  readonly connectionsCheckingInterval: number;
  /** Between two requests of one connection; more than the proxy's own behind one. */
  readonly keepAliveTimeout: number;
  /** At once; further ones are dropped. */
  readonly maxConnections: number;
}

export interface RunningServer {
  readonly url: string;
  /** Takes no more connections, lets requests under way finish, then stops the host. */
  close(): Promise<void>;
}

/** The client went away before the answer was whole. */
const clientGone = new Set(['ECONNRESET', 'EPIPE', 'ECANCELED', 'ERR_STREAM_PREMATURE_CLOSE']);

/** Who sends a byte a second is gone within 15 s; a body of 64 KiB has 12 s, which 50 kbit/s are enough for. */
const defaults: ServeLimits = {
  headersTimeout: 10_000,
  requestTimeout: 12_000,
  connectionsCheckingInterval: 2_500,
  keepAliveTimeout: 5_000,
  maxConnections: 2_000,
};

const sweepMs = 100;

/** @throws what `start` or `listen` failed with, such as `EADDRINUSE`; the host is stopped then */
export async function serve(palestra: Servable, options: ServeOptions = {}): Promise<RunningServer> {
  const log = options.log ?? pino();
  const app = new Koa();
  app.on('error', (err: NodeJS.ErrnoException) => {
    log[clientGone.has(err.code ?? '') ? 'debug' : 'warn']({ err }, 'A response could not be sent.');
  });
  app.use(palestra.middleware());
  app.use(redirectToDocs);
  app.use(notFound({ log }));
  const { maxConnections, ...timeouts } = { ...defaults, ...options.limits };
  const server = createServer({ ...timeouts, maxHeaderSize: 16 * 1024 }, app.callback());
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

async function end(palestra: Servable, server: Server, { drain = 10_000, drainDelay = 0 }: ServeOptions) {
  palestra.retire();
  if (drainDelay > 0) await sleep(drainDelay);
  await close(server, drain);
  await palestra.stop();
}

/** A connection that a client would keep is closed behind its last answer. */
function close(server: Server, drain: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => server.closeAllConnections(), drain);
    const sweep = setInterval(() => server.closeIdleConnections(), sweepMs);
    server.prependListener('request', (_, response) => response.setHeader('connection', 'close'));
    server.close(() => {
      clearTimeout(timer);
      clearInterval(sweep);
      resolve();
    });
    server.closeIdleConnections();
  });
}
