/** One connection costs one client's share: what is pipelined waits, what is unread ends, what was held is released. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import Koa, { type Context } from 'koa';
import { type ConnectionLimits, connectionLimits, withinConnection } from '../../src/http/connection.js';

describe('a connection', () => {
  let server: Server;
  let begun: number;
  let answer: (ctx: Context) => void | Promise<void>;

  beforeEach(() => {
    begun = 0;
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  async function listen(limits: Partial<ConnectionLimits> = {}): Promise<void> {
    const app = new Koa().on('error', () => undefined);
    app.use((ctx) =>
      withinConnection(
        ctx,
        () => {
          begun += 1;
          return answer(ctx);
        },
        { ...connectionLimits, ...limits },
      ),
    );
    server = createServer(app.callback());
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  }

  async function pipeline(count: number): Promise<Socket> {
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    socket.pause();
    socket.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n'.repeat(count));
    return socket;
  }

  async function until(condition: () => boolean): Promise<void> {
    const deadline = Date.now() + 30_000;
    while (!condition()) {
      if (Date.now() > deadline) throw new Error(`Never true: ${condition}`);
      await sleep(5);
    }
  }

  it('has at most 16 requests worked on, and the others answered in order as the client reads', async () => {
    answer = (ctx) => {
      ctx.body = `${begun}.`.padEnd(100_000, '-');
    };
    await listen();
    const socket = await pipeline(200);
    await until(() => begun > 0);
    await sleep(200);
    // Some answers fit into the buffers between the two; none of the others is begun.
    expect(begun).to.be.lessThan(150);
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk;
    });
    socket.resume();
    await until(() => text.includes('\r\n\r\n200.'));
    const order = [...text.matchAll(/\r\n\r\n(\d+)\./g)].map(([, number]) => Number(number));
    expect(order).to.deep.equal([...Array(200).keys()].map((at) => at + 1));
    socket.destroy();
  });

  it('is closed if too many requests wait', async () => {
    answer = () => new Promise(() => undefined);
    await listen({ mostUnanswered: 2, mostWaiting: 5 });
    const socket = await pipeline(8);
    await once(socket.resume(), 'close');
    expect(begun).to.equal(2);
  });

  it('releases every answer when the client goes away, also those that were not first in line', async () => {
    const open = new Set<Readable>();
    answer = (ctx) => {
      const body = new Readable({ read: () => undefined });
      open.add(body);
      body.once('close', () => open.delete(body));
      ctx.body = body;
    };
    await listen();
    const socket = await pipeline(300);
    await until(() => begun === 16);
    expect(open.size).to.equal(16);
    socket.destroy();
    await until(() => open.size === 0);
    await sleep(50);
    expect(begun, 'none of those that waited').to.equal(16);
  });

  it('is closed when the client reads nothing of an answer', async () => {
    answer = (ctx) => {
      ctx.body = Readable.from(endless(), { objectMode: false });
    };
    await listen({ unreadTimeout: 100 });
    const socket = await pipeline(1);
    // A paused socket does not notice the end; the server does.
    const connections = () => new Promise<number>((resolve) => server.getConnections((_, count) => resolve(count)));
    while ((await connections()) > 0) await sleep(20);
    socket.destroy();
  });

  it('stays while the first in line is worked on, however long the answers behind it are ready', async () => {
    let release: () => void = () => undefined;
    const first = new Promise<void>((resolve) => {
      release = resolve;
    });
    answer = async (ctx) => {
      const number = begun;
      if (number === 1) await first;
      ctx.body = `answer ${number}`;
    };
    await listen({ unreadTimeout: 50 });
    const socket = await pipeline(2);
    await until(() => begun === 2);
    await sleep(200);
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk;
    });
    socket.resume();
    release();
    await until(() => text.includes('answer 2'));
    expect(text.indexOf('answer 1')).to.be.lessThan(text.indexOf('answer 2'));
    socket.destroy();
  });

  it('is not closed between two requests sooner than any other', async () => {
    answer = (ctx) => {
      ctx.body = 'short';
    };
    await listen({ unreadTimeout: 50 });
    const socket = await pipeline(1);
    socket.resume();
    await once(socket, 'data');
    await sleep(150);
    socket.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n');
    await once(socket, 'data');
    expect(begun).to.equal(2);
    socket.destroy();
  });
});

async function* endless(): AsyncGenerator<Buffer> {
  for (;;) yield Buffer.alloc(64 * 1024, '-');
}
