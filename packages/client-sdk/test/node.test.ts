/** The transport for Node, against real servers that answer, stall, break and close. */
import { execFile, execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import type { AddressInfo, Server, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { createClient, createLeanClient, type Operation } from '@palestra/client';
import { nodeTransport } from '@palestra/client/node';
import { expect } from 'chai';
import { failureOf } from './wire.js';

type Answer = (response: http.ServerResponse, request: http.IncomingMessage, body: string) => unknown;

const gymText = (name: string) => JSON.stringify({ success: true, data: { _id: '7', name } });

const json =
  (text: string | Uint8Array, headers: http.OutgoingHttpHeaders = {}): Answer =>
  (response) =>
    response.writeHead(200, { 'content-type': 'application/json', ...headers }).end(text);

async function portOf(server: Server): Promise<number> {
  if (!server.listening) await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

describe('the transport for Node', () => {
  let server: http.Server;
  let baseUrl: string;
  let answer: Answer;
  /** Every connection that the server has had. */
  let connections: Socket[];
  let requests: { readonly request: http.IncomingMessage; readonly body: string }[];

  const connect = (options = {}) =>
    createClient({ baseUrl, transport: nodeTransport(), retry: { attempts: 3, baseMs: 1 }, ...options });
  const sent = () => requests.map(({ request }) => `${request.method} ${request.url}`);
  const closed = async ([socket]: readonly Socket[]) => {
    if (socket && !socket.destroyed) await once(socket, 'close');
  };

  before(async () => {
    server = http.createServer(async (request, response) => {
      let body = '';
      for await (const chunk of request.setEncoding('utf8')) body += chunk;
      requests.push({ request, body });
      answer(response, request, body);
    });
    server.on('connection', (socket) => connections.push(socket));
    server.listen(0, '127.0.0.1');
    baseUrl = `http://127.0.0.1:${await portOf(server)}`;
  });

  beforeEach(() => {
    connections = [];
    requests = [];
    answer = json(gymText('Iron'));
  });

  after(() => {
    server.closeAllConnections();
    server.close();
  });

  it('sends method, path, query, headers and body, and reads status, headers and body', async () => {
    const client = connect({ headers: { 'x-tenant': 'north' } });
    answer = json(JSON.stringify({ success: true, data: [{ _id: '7' }] }), { etag: '"1"', 'X-Twice': ['a', 'b'] });
    const { status, header } = await client.raw('listGyms', { query: { find: 1, after: 'ü&/' } });
    expect([status, header('ETag'), header('x-twice'), header('none')]).to.deep.equal([200, '"1"', 'a, b', undefined]);
    answer = json(gymText('Żelazo 🐎'));
    expect(await client.gym.create({ name: 'Żelazo 🐎' })).to.deep.equal({ _id: '7', name: 'Żelazo 🐎' });
    expect(sent()).to.deep.equal(['GET /api/gym?find=1&after=%C3%BC%26%2F', 'POST /api/gym']);
    expect(requests[0]?.request.headers).to.include({ 'x-tenant': 'north', 'accept-encoding': 'gzip, br' });
    expect(requests[0]?.request.headers).to.not.have.any.keys('content-length', 'transfer-encoding');
    expect(requests[1]?.body).to.equal('{"operation":"create","data":{"name":"Żelazo 🐎"}}');
    expect(requests[1]?.request.headers['content-length']).to.equal('53');
  });

  it('says how long the body of a DELETE is, and sends nothing where there is none', async () => {
    const transport = nodeTransport();
    const init = { headers: {}, redirect: 'manual' } as const;
    for (const method of ['DELETE', 'POST', 'PUT']) {
      for (const body of ['{"ä":1}', undefined]) {
        await transport(`${baseUrl}/x`, { ...init, method, ...(body && { body }) });
        expect(requests.at(-1)?.body, method).to.equal(body ?? '');
      }
    }
    expect(connections).to.have.length(1);
  });

  it('keeps connections, and closes what has timed out before or within the answer', async () => {
    const client = connect();
    await client.gym.get('7');
    await client.gym.get('7');
    expect(connections).to.have.length(1);
    const stalls: Answer[] = [
      () => {},
      (response) => response.writeHead(200, { 'content-length': 99 }).write('{"succ'),
    ];
    for (const stall of stalls) {
      connections = connections.slice(-1);
      answer = stall;
      const failure = await failureOf(client.gym.get('7', { timeoutMs: 30, retry: false }));
      expect(failure).to.include({ kind: 'timeout', attempts: 1 });
      await closed(connections);
      answer = json(gymText('Iron'));
      await client.gym.get('7');
      expect(connections, 'a new connection').to.have.length(2);
    }
  });

  it('closes the connection of a call that its caller aborts, at once or within the answer', async () => {
    const client = connect();
    const stalls: Answer[] = [
      () => {},
      (response) => response.writeHead(200, { 'content-length': 99 }).write('{"succ'),
    ];
    for (const stall of stalls) {
      connections = [];
      const controller = new AbortController();
      answer = (...args) => {
        stall(...args);
        setTimeout(() => controller.abort(), 20);
      };
      expect(await failureOf(client.gym.get('7', { signal: controller.signal }))).to.include({ kind: 'aborted' });
      await closed(connections);
    }
    const aborted = { signal: AbortSignal.abort(), method: 'GET', headers: {}, redirect: 'manual' } as const;
    expect(await nodeTransport()(baseUrl, aborted).catch(String)).to.equal('Error: aborted');
    expect(requests).to.have.length(2);
  });

  it('settles however an abort ends it, and leaves no listener behind', async () => {
    const { signal } = new AbortController();
    let listeners = 0;
    const counting = {
      get aborted() {
        return signal.aborted;
      },
      addEventListener: () => void listeners++,
      removeEventListener: () => void listeners--,
    };
    const init = { signal: counting, method: 'GET', headers: {}, redirect: 'manual' } as const;
    await nodeTransport()(baseUrl, init);
    answer = (response) => response.destroy();
    expect(await nodeTransport()(baseUrl, init).catch((error: Error) => error.message)).to.equal('socket hang up');
    expect(listeners).to.equal(0);
    const controller = new AbortController();
    answer = (response) => response.writeHead(200, { 'content-length': 99 }).write('{"succ');
    const stalled = nodeTransport()(baseUrl, { ...init, signal: controller.signal }).catch(String);
    while (requests.length < 3) await new Promise((resolve) => setTimeout(resolve, 1));
    setTimeout(() => controller.abort(), 20);
    expect(await stalled).to.match(/^Error: aborted/);
  });

  it('repeats a read whose kept connection the server has closed, and no write that could have taken effect', async () => {
    const client = connect();
    let isFirst = true;
    const closing: Answer = (response, ...rest) => {
      if (isFirst) response.destroy();
      else json(gymText('Iron'))(response, ...rest);
      isFirst = false;
    };
    await client.gym.get('7');
    answer = closing;
    expect(await client.gym.get('7')).to.include({ name: 'Iron' });
    expect(requests).to.have.length(3);

    const write: Operation = { id: 'add', method: 'POST', path: '/add' };
    const lean = createLeanClient({ baseUrl, transport: nodeTransport() });
    isFirst = true;
    const failure = await failureOf(lean.call(write, { body: { count: 1 } } as never));
    expect(failure).to.include({ kind: 'network', code: 'network_failed', attempts: 1 });
    expect(sent().filter((line) => line === 'POST /add')).to.have.length(1);
  });

  it('does not use a connection that the server has ended while it was idle', async () => {
    const client = connect({ retry: false });
    for (const _ of [1, 2, 3]) {
      await client.gym.get('7');
      const socket = connections.at(-1);
      socket?.end();
      await closed(connections.slice(-1));
    }
    expect(connections).to.have.length(3);
  });

  it('fails for an answer that is cut, and reads it at the next attempt', async () => {
    const client = connect();
    const whole = gymText('Iron');
    for (const headers of [{ 'content-length': whole.length }, {}]) {
      requests = [];
      answer = (response, ...rest) => {
        answer = json(whole);
        response.writeHead(200, headers).write(whole.slice(0, -1), () => response.destroy());
        return rest;
      };
      expect(await client.gym.get('7')).to.include({ name: 'Iron' });
      expect(requests).to.have.length(2);
    }
  });

  it('puts characters together whose bytes come one by one, and takes a byte order mark for none', async () => {
    answer = async (response) => {
      response.writeHead(200);
      for (const byte of Buffer.from(`\uFEFF${gymText('Żelazo 🐎')}`)) {
        response.write(Uint8Array.of(byte));
        await new Promise((resolve) => setImmediate(resolve));
      }
      response.end();
    };
    expect(await connect().gym.get('7')).to.include({ name: 'Żelazo 🐎' });
  });

  it('decompresses what a proxy has compressed, and fails for what it cannot', async () => {
    const bytes = Buffer.from(gymText('Żelazo 🐎'.repeat(500)));
    const codings = { gzip: gzipSync, 'X-GZIP': gzipSync, br: brotliCompressSync, deflate: deflateSync } as const;
    for (const [coding, compress] of Object.entries(codings)) {
      answer = json(compress(bytes), { 'content-encoding': coding });
      expect(await connect().gym.get('7'), coding).to.include({ name: 'Żelazo 🐎'.repeat(500) });
    }
    answer = json(bytes, { 'content-encoding': 'identity' });
    expect(await connect().gym.get('7')).to.include({ name: 'Żelazo 🐎'.repeat(500) });
    for (const [body, coding, reason] of [
      [gzipSync(bytes).subarray(0, -20), 'gzip', 'unexpected end of file'],
      [bytes, 'br', 'Decompression failed'],
      [bytes, 'zstd', 'content-encoding zstd is not supported'],
      [bytes, 'constructor', 'content-encoding constructor is not supported'],
    ] as const) {
      answer = json(body, { 'content-encoding': coding });
      const failure = await failureOf(connect().gym.get('7'));
      expect(failure, coding).to.include({ kind: 'network', attempts: 3 });
      expect(failure.message).to.include(reason);
    }
  });

  it('follows no redirect', async () => {
    answer = (response) => response.writeHead(307, { location: 'https://elsewhere.example' }).end('moved');
    const failure = await failureOf(connect().gym.create({ name: 'Iron' }));
    expect(failure).to.include({ kind: 'protocol', code: 'redirected', attempts: 1 });
    expect(failure.message).to.include('https://elsewhere.example');
    answer = (response) => response.writeHead(304, { etag: '"1"', 'content-encoding': 'gzip' }).end();
    const { status, data } = await connect().raw('listGyms', {}, { headers: { 'if-none-match': '"1"' } });
    expect([status, data]).to.deep.equal([304, undefined]);
  });

  it('fails as a network does where no server is, and where there is no such host', async () => {
    const gone = http.createServer().listen(0, '127.0.0.1');
    const url = `http://127.0.0.1:${await portOf(gone)}`;
    gone.close();
    for (const baseUrl of [url, 'http://no-such-host.invalid', 'http://127.0.0.1:99999']) {
      expect(await failureOf(connect({ baseUrl }).gym.get('7')), baseUrl).to.include({ kind: 'network', attempts: 3 });
    }
  });

  it('reaches a server by its IPv6 address', async function () {
    const six = http.createServer((_, response) => response.end(gymText('Six')));
    six.listen(0, '::1');
    const isHere = await Promise.race([once(six, 'listening').then(() => true), once(six, 'error').then(() => false)]);
    if (!isHere) this.skip();
    try {
      expect(await connect({ baseUrl: `http://[::1]:${await portOf(six)}` }).gym.get('7')).to.include({ name: 'Six' });
    } finally {
      six.closeAllConnections();
      six.close();
    }
  });

  it('trusts the certificates that its agent trusts, and no other', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'palestra-node-transport-'));
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
    const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'];
    execFileSync('openssl', ['req', '-x509', ...curve, '-nodes', '-keyout', key, '-out', cert, ...subject], {
      stdio: 'ignore',
    });
    const ca = readFileSync(cert);
    const secure = https.createServer({ key: readFileSync(key), cert: ca }, (_, response) =>
      response.end(gymText('TLS')),
    );
    secure.listen(0, 'localhost');
    try {
      const url = `https://localhost:${await portOf(secure)}`;
      const agent = new https.Agent({ ca, keepAlive: true });
      const trusting = connect({ baseUrl: url, transport: nodeTransport({ agent }) });
      expect(await trusting.gym.get('7')).to.include({ name: 'TLS' });
      expect(Object.keys(agent.freeSockets)).to.have.length(1);
      agent.destroy();
      expect((await failureOf(connect({ baseUrl: url }).gym.get('7'))).message).to.include('self-signed certificate');
    } finally {
      secure.closeAllConnections();
      secure.close();
      rmSync(folder, { recursive: true });
    }
  });

  it('keeps no process alive with an idle connection', async function () {
    this.timeout(20_000);
    // The process writes when nothing is left to do, and waits: the connection must still be open then.
    const program = `
      import { writeSync } from 'node:fs';
      import { createClient } from '@palestra/client';
      import { nodeTransport } from '@palestra/client/node';
      process.once('beforeExit', () => {
        writeSync(1, 'nothing left');
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500);
      });
      await createClient({ baseUrl: '${baseUrl}', transport: nodeTransport() }).gym.get('7');`;
    const args = ['--conditions=@palestra/source', '--import', 'tsx', '--input-type=module', '-e', program];
    const running = promisify(execFile)(process.execPath, args, { cwd: import.meta.dirname });
    await once(running.child.stdout ?? running.child, 'data');
    expect(connections.map(({ destroyed }) => destroyed)).to.deep.equal([false]);
    await running;
  });

  it('says so where there is no Node', () => {
    const { getBuiltinModule } = process;
    try {
      Object.assign(process, { getBuiltinModule: undefined });
      expect(() => nodeTransport())
        .to.throw('nodeTransport needs Node 20.16 or later')
        .with.property('kind', 'invalid');
    } finally {
      Object.assign(process, { getBuiltinModule });
    }
  });
});
