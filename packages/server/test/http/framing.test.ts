/** Bytes that two servers might read differently, and clients that take their time: refused, closed, others served. */
import { once } from 'node:events';
import { gzipSync } from 'node:zlib';
import { gym } from '@palestra/plugin-gym';
import { startTestHost, type TestHost } from '@palestra/server/testing';
import { expect } from 'chai';
import { open, send, statusesOf } from './raw.js';

const body = '{"operation":"query","data":{}}';

describe('the transport', () => {
  let host: TestHost;
  let token: string;

  before(async () => {
    host = await startTestHost({ plugins: [gym] });
    token = (await host.account('admin')).token;
  });
  after(() => host.stop());

  const post = (headers: string, payload = body, as = token) =>
    `POST /api/gym HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${as}\r\nContent-Type: application/json\r\n${headers}\r\n\r\n${payload}`;
  const chunked = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n0\r\n\r\n`;

  it('reads a plain and a chunked body', async () => {
    expect((await send(host.url, post(`Content-Length: ${body.length}`))).status).to.equal(200);
    expect((await send(host.url, post('Transfer-Encoding: chunked', chunked(body)))).status).to.equal(200);
  });

  for (const [title, headers, payload] of [
    ['a length and chunks', `Content-Length: ${body.length}\r\nTransfer-Encoding: chunked`, chunked(body)],
    ['chunks and a length', `Transfer-Encoding: chunked\r\nContent-Length: 5`, chunked(body)],
    ['two lengths', `Content-Length: ${body.length}\r\nContent-Length: 5`, body],
    ['two lengths in one line', `Content-Length: ${body.length}, 5`, body],
    ['a negative length', 'Content-Length: -1', body],
    ['a length with a sign', `Content-Length: +${body.length}`, body],
    ['a length in hex', 'Content-Length: 0x1f', body],
    ['a folded header', `X-Folded: a\r\n b\r\nContent-Length: ${body.length}`, body],
    ['chunks, then identity', 'Transfer-Encoding: chunked, identity', chunked(body)],
    ['an unknown encoding', 'Transfer-Encoding: xchunked', chunked(body)],
    ['chunks twice', 'Transfer-Encoding: chunked, chunked', chunked(body)],
    ['a space before the colon', `Content-Length : ${body.length}`, body],
    ['a bare line feed in a header', `X-A: 1\nX-B: 2\r\nContent-Length: ${body.length}`, body],
    ['a chunk size that is none', 'Transfer-Encoding: chunked', `zz\r\n${body}\r\n0\r\n\r\n`],
    ['a chunk size beyond any', 'Transfer-Encoding: chunked', `ffffffffffffffff1\r\n${body}`],
    ['a NUL in a header', `X-A: a\0b\r\nContent-Length: ${body.length}`, body],
  ] as const) {
    it(`refuses ${title}, and reads nothing further from that connection`, async () => {
      const smuggled = 'GET /livez HTTP/1.1\r\nHost: x\r\n\r\n';
      const answer = await send(host.url, post(headers, payload + smuggled));
      expect(answer.status, answer.text).to.equal(400);
      expect(answer.closed).to.equal(true);
      expect(statusesOf(answer.text)).to.have.length(1);
    });
  }

  it('refuses headers beyond 16 KiB with 431', async () => {
    const answer = await send(host.url, `GET /livez HTTP/1.1\r\nHost: x\r\nX-Long: ${'a'.repeat(17_000)}\r\n\r\n`);
    expect(answer.status).to.equal(431);
    expect(answer.closed).to.equal(true);
  });

  it('answers a pipeline of a thousand in order', async () => {
    const pipeline = `GET /livez HTTP/1.1\r\nHost: x\r\n\r\n`.repeat(1_000);
    const { text } = await send(host.url, pipeline);
    expect(statusesOf(text)).to.have.length(1_000);
    expect(new Set(statusesOf(text))).to.deep.equal(new Set([200]));
  });

  describe('with a client that takes its time', () => {
    let impatient: TestHost;
    let admin: string;

    before(async () => {
      const limits = {
        headersTimeout: 400,
        requestTimeout: 1_200,
        connectionsCheckingInterval: 100,
        keepAliveTimeout: 300,
      };
      impatient = await startTestHost({ plugins: [gym], limits });
      admin = (await impatient.account('admin')).token;
    });
    after(() => impatient.stop());

    // A client that was waited for would go on for 60,000 bytes, or without end.
    for (const first of ['GET /livez HTTP/1.1\r\nHost: x\r\n', '']) {
      it(`does not wait for headers ${first ? 'that come byte by byte' : 'that never come'}`, async () => {
        const socket = open(impatient.url);
        socket.on('error', () => undefined);
        const trickle = setInterval(() => first !== '' && !socket.destroyed && socket.write('a'), 50);
        socket.write(first);
        socket.resume();
        await once(socket, 'close');
        clearInterval(trickle);
      });
    }

    it('does not wait for a body that comes byte by byte, and serves others meanwhile', async () => {
      let closed = 0;
      const slow = Array.from({ length: 50 }, () => {
        const socket = open(impatient.url);
        socket.on('error', () => undefined);
        socket.resume();
        socket.write(post('Content-Length: 60000', '{', admin));
        const trickle = setInterval(() => socket.writable && socket.write(' '), 50);
        return once(socket, 'close').then(() => {
          clearInterval(trickle);
          closed += 1;
        });
      });
      let served = 0;
      while (closed < 50) {
        const { status } = await impatient.request('GET', '/api/discovery/gym').catch(() => ({ status: 0 }));
        if (status === 200) served += 1;
      }
      await Promise.all(slow);
      expect(served).to.be.above(0);
    });
  });

  it('takes a client that goes away in the middle of a body for what it is', async () => {
    const socket = open(host.url);
    socket.write(post('Content-Length: 1000', '{"operation":'));
    await new Promise((resolve) => setTimeout(resolve, 50));
    socket.destroy();
    expect((await host.request('GET', '/livez')).status).to.equal(200);
  });

  it('drops connections beyond its limit instead of ending for want of files', async () => {
    const small = await startTestHost({ plugins: [gym], limits: { maxConnections: 5 } });
    try {
      const sockets = Array.from({ length: 20 }, () => open(small.url));
      const closed = sockets.map((socket) => {
        socket.on('error', () => undefined);
        socket.resume();
        return once(socket, 'close');
      });
      await Promise.race(closed);
      for (const socket of sockets) socket.destroy();
      await Promise.all(closed);
      expect((await send(small.url, 'GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')).status).to.equal(
        200,
      );
    } finally {
      await small.stop();
    }
  });

  it('reads no compressed body, whatever it would become', async () => {
    const bomb = gzipSync(Buffer.alloc(50_000_000));
    const before = process.memoryUsage().rss;
    for (const encoding of ['gzip', 'br', 'deflate', 'gzip, gzip', 'x-gzip', 'zstd', 'identity, gzip']) {
      const answer = await host.request('POST', '/api/gym', {
        token,
        body: bomb,
        headers: { 'content-type': 'application/json', 'content-encoding': encoding },
      });
      expect(answer.status, encoding).to.equal(415);
      expect(answer.body.exceptionType).to.equal('UnsupportedMediaTypeError');
    }
    expect(process.memoryUsage().rss - before).to.be.lessThan(50_000_000);
  });

  it('reads what is encoded as identity, in whichever case that is written', async () => {
    for (const encoding of ['identity', 'Identity']) {
      const answer = await host.request('POST', '/api/gym', {
        token,
        json: { operation: 'query', data: { find: 1 } },
        headers: { 'content-encoding': encoding },
      });
      expect(answer.status, encoding).to.equal(200);
    }
  });
});
