/**
 * What one connection may hold: requests that are not answered yet, and answers that are not read. Node.js hands over
 * every pipelined request at once, and a response that is not first in line does not notice when its socket closes: so
 * what a response holds is released when the socket closes, here.
 */
import type { Socket } from 'node:net';
import { type Link, LinkedList } from '../async/linked-list.js';
import { type HttpContext, NodeContext } from '../steps/http-context.js';

export interface ConnectionLimits {
  /** Requests of one connection that are worked on; those behind them wait until an answer has been read. */
  readonly mostUnanswered: number;
  /** Requests of all connections that wait so, some 4 KB each; one more closes its connection. */
  readonly mostWaiting: number;
  /** Milliseconds in which a client reads nothing of an answer, before its connection is closed. */
  readonly unreadTimeout: number;
}

export const connectionLimits: ConnectionLimits = { mostUnanswered: 16, mostWaiting: 4_096, unreadTimeout: 20_000 };

interface Unanswered {
  readonly ctx: HttpContext;
  /** Its answer is complete, or begins to be streamed: from now on the client has to read. */
  ready: boolean;
}

/** In the order of their requests, which is the order of their answers. */
class Connection {
  readonly #socket: Socket;
  readonly #limits: ConnectionLimits;
  readonly #unanswered = new LinkedList<Unanswered>();
  readonly #waiting: (() => void)[] = [];

  constructor(socket: Socket, limits: ConnectionLimits) {
    this.#socket = socket;
    this.#limits = limits;
    socket.once('close', () => {
      for (const link of this.#unanswered.links()) {
        endBody(link.value.ctx);
        this.#unanswered.remove(link);
      }
      for (const resume of this.#waiting.splice(0)) resume();
    });
  }

  get isClosed(): boolean {
    return this.#socket.destroyed;
  }

  get isFull(): boolean {
    return this.#unanswered.size >= this.#limits.mostUnanswered;
  }

  /** Nothing is worked on or waits. */
  get isIdle(): boolean {
    return this.#unanswered.size === 0 && this.#waiting.length === 0;
  }

  enter(ctx: HttpContext): Unanswered {
    const entry = { ctx, ready: false };
    const link = this.#unanswered.add(entry);
    ctx.res.on('close', () => this.#leave(link));
    return entry;
  }

  /** Until there is room, or the connection is closed. */
  room(): Promise<void> {
    if (waitingRequests >= this.#limits.mostWaiting) this.#socket.destroy();
    waitingRequests += 1;
    return new Promise<void>((resume) => this.#waiting.push(resume)).finally(() => {
      waitingRequests -= 1;
    });
  }

  #leave(link: Link<Unanswered>): void {
    if (!this.#unanswered.remove(link)) return;
    this.#waiting.shift()?.();
    this.#watch();
  }

  answered(entry: Unanswered): void {
    entry.ready = true;
    if (this.#socket.destroyed) endBody(entry.ctx);
    else if (!isTaken(entry.ctx)) this.#watch();
  }

  /** Nothing can be read while the first in line is being worked on. */
  #watch(): void {
    const { first } = this.#unanswered;
    if (first) this.#socket.setTimeout(first.ready ? this.#limits.unreadTimeout : 0);
  }
}

let waitingRequests = 0;
const connections = new WeakMap<Socket, Connection>();
const bound: unique symbol = Symbol('bound');

/**
 * Answers a request within the bounds of its connection; `answer` is not called if the connection is closed meanwhile.
 * Called again for the same request, it only calls `answer`.
 */
export function withinConnection(
  ctx: HttpContext & { [bound]?: true },
  answer: () => void | Promise<void>,
  limits: ConnectionLimits = connectionLimits,
): void | Promise<void> {
  if (ctx[bound]) return answer();
  ctx[bound] = true;
  const connection = connectionOf(ctx.req.socket, limits);
  return connection.isFull
    ? connection.room().then(() => begin(connection, ctx, answer))
    : begin(connection, ctx, answer);
}

function begin(connection: Connection, ctx: HttpContext, answer: () => void | Promise<void>): void | Promise<void> {
  if (connection.isClosed) {
    // There is no reader: Koa must not write.
    if (!(ctx instanceof NodeContext)) ctx.respond = false;
    return;
  }
  const pending = answer();
  if (!(pending instanceof Promise)) {
    // Sent, as most that take no time, before any other request could begin: nothing is held for it.
    if (connection.isIdle && isTaken(ctx)) return;
    connection.answered(connection.enter(ctx));
    return;
  }
  const entry = connection.enter(ctx);
  const answered = () => connection.answered(entry);
  return pending.then(answered, (error: unknown) => {
    answered();
    throw error;
  });
}

/** The operating system has all of it: there is nothing to wait for, and most answers need no timer. */
function isTaken({ req, res }: HttpContext): boolean {
  return res.writableEnded && req.socket.writableLength === 0;
}

function connectionOf(socket: Socket, limits: ConnectionLimits): Connection {
  const known = connections.get(socket);
  if (known) return known;
  const connection = new Connection(socket, limits);
  connections.set(socket, connection);
  return connection;
}

/** A stream closes what it reads from; other bodies hold nothing. */
function endBody({ body }: HttpContext): void {
  if (typeof body === 'object' && body !== null && 'destroy' in body && typeof body.destroy === 'function') {
    body.destroy();
  }
}
