/** Under any prefix, behind any proxy, and twice in one process. */

import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Router from '@koa/router';
import type { Plugin } from '@palestra/server';
import { createPalestra, type Palestra, type PalestraOptions } from '@palestra/server';
import { shareSealingKey } from '@palestra/server/testing';
import { expect } from 'chai';
import Koa, { type Middleware } from 'koa';
import mount from 'koa-mount';
import { pino } from 'pino';
import { type Listening, listen, postJson } from './listening.js';

/** Says what it sees of the caller. */
const mirror: Plugin<{ operations: { look: { parameters: object; responses: object } } }> = {
  name: 'mirror',
  version: '1.0.0',
  host: '^1.0.0',
  contract: {
    paths: {
      '/api/look': {
        get: {
          operationId: 'look',
          'x-public': true,
          'x-bare': true,
          responses: { 200: { description: 'Seen.', content: { 'application/json': { schema: {} } } } },
        },
      },
    },
  },
  setup: () => ({ handlers: { look: ((_request: unknown, call: { ip: string }) => ({ ip: call.ip })) as never } }),
};

describe('mounts and proxies', () => {
  let folder: string;
  const running: Palestra[] = [];
  const open: Listening[] = [];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'palestra-mount-'));
  });
  afterEach(async () => {
    for (const server of open.splice(0)) await server.close();
    for (const palestra of running.splice(0)) await palestra.stop();
    rmSync(folder, { recursive: true });
  });

  async function started(options: Partial<PalestraOptions> = {}, name = 'one'): Promise<Palestra> {
    const dataDir = join(folder, name);
    // A second host in the process has keys of its own.
    if (name === 'one') await shareSealingKey(dataDir);
    const log = pino({ level: 'silent' });
    const palestra = createPalestra({ plugins: [mirror], dataDir, log, warmUp: false, ...options });
    await palestra.start();
    running.push(palestra);
    return palestra;
  }

  async function served(...middleware: readonly Middleware[]): Promise<Listening> {
    const app = new Koa();
    for (const each of middleware) app.use(each);
    const server = await listen(app);
    open.push(server);
    return server;
  }

  const own: Middleware = (ctx) => {
    ctx.body = `own ${ctx.path}`;
  };

  const text = async (server: Listening, path: string, init?: RequestInit) => (await server.fetch(path, init)).text();
  const serversOf = async (server: Listening, path: string) =>
    ((await (await server.fetch(path)).json()) as { servers: unknown }).servers;

  const ways: readonly (readonly [title: string, build: () => Promise<Middleware>])[] = [
    ['its own prefix', async () => (await started({ prefix: '/backend' })).middleware()],
    ['koa-mount', async () => mount('/backend', (await started()).middleware())],
    ['koa-mount around its own prefix', async () => mount('/back', (await started({ prefix: '/end' })).middleware())],
    [
      '@koa/router',
      async () =>
        new Router()
          .all('/backend{/*rest}', (await started({ prefix: '/backend' })).middleware() as never)
          .routes() as never,
    ],
  ];
  for (const [title, build] of ways) {
    it(`answers under the prefix by ${title}, and leaves everything else alone`, async () => {
      const prefix = title.includes('around') ? '/back/end' : '/backend';
      const server = await served(await build(), own);
      expect((await server.fetch(`${prefix}/api/look`)).status).to.equal(200);
      expect(await serversOf(server, `${prefix}/openapi.json`)).to.deep.equal([{ url: prefix }]);
      expect((await server.fetch(`${prefix}/api/look`, postJson({}))).status, 'a method it has not').to.equal(405);
      for (const path of ['/api/look', `${prefix}/nothing`, `${prefix}er/api/look`, prefix, '/']) {
        expect(await text(server, path), path).to.equal(`own ${path}`);
      }
    });
  }

  it('refuses a prefix that no path can have', async () => {
    for (const prefix of ['backend', '/', '/a/', '/a?b', '']) {
      const palestra = createPalestra({ plugins: [], prefix, dataDir: folder });
      expect(() => palestra.middleware(), prefix).to.throw(TypeError, 'A prefix is like /backend');
    }
  });

  it('says the address that clients use, where a proxy changes the path', async () => {
    const publicUrl = 'https://club.example/backend';
    const server = await served((await started({ publicUrl })).middleware());
    expect(await serversOf(server, '/openapi.json')).to.deep.equal([{ url: publicUrl }]);
  });

  const addresses: readonly (readonly [title: string, proxy: object, forwarded: string, seen: string])[] = [
    ['no proxy is trusted', {}, '203.0.113.7', '127.0.0.1'],
    ['one proxy is trusted', { proxy: true, maxIpsCount: 1 }, '198.51.100.9, 203.0.113.7', '203.0.113.7'],
    ['every hop is trusted, which lets a caller pretend', { proxy: true }, '198.51.100.9, 203.0.113.7', '198.51.100.9'],
  ];
  for (const [title, options, forwarded, seen] of addresses) {
    it(`takes the caller's address as the app does: ${title}`, async () => {
      const app = new Koa(options);
      app.use((await started()).middleware());
      const server = await listen(app);
      open.push(server);
      const headers = { 'x-forwarded-for': forwarded, 'x-forwarded-proto': 'https' };
      expect(JSON.parse(await text(server, '/api/look', { headers }))).to.deep.equal({ ip: seen });
    });
  }

  it('lives inside another framework too, which has read the body', async () => {
    const app = new Koa();
    app.use((await started()).middleware());
    const callback = app.callback();
    const outer = createServer((req, res) => {
      const chunks: Buffer[] = [];
      req.on('data', (chunk: Buffer) => chunks.push(chunk));
      req.on('end', () => {
        Object.assign(req, { body: JSON.parse(Buffer.concat(chunks).toString()), originalUrl: req.url });
        req.url = req.url?.replace('/outer', '') ?? '/';
        void callback(req, res);
      });
    }).listen(0, '127.0.0.1');
    await once(outer, 'listening');
    const { port } = outer.address() as AddressInfo;
    const answer = await fetch(
      `http://127.0.0.1:${port}/outer/api/refresh`,
      postJson({ refresh_token: 'x'.repeat(43) }),
    );
    expect(answer.status).to.equal(401);
    outer.close();
    outer.closeAllConnections();
  });

  it('runs twice in one process, each with its own keys, accounts and life', async () => {
    const first = await started({ prefix: '/first' }, 'first');
    const second = await started({ prefix: '/second' }, 'second');
    const server = await served(first.middleware(), second.middleware(), own);
    const kid = async (path: string) => ((await (await server.fetch(path)).json()) as { kid: string }).kid;
    expect(await kid('/first/api/gpk')).not.to.equal(await kid('/second/api/gpk'));
    await first.stop();
    expect((await server.fetch('/first/api/gpk')).status).to.equal(503);
    expect((await server.fetch('/second/api/gpk')).status).to.equal(200);
    await first.start();
    expect((await server.fetch('/first/api/gpk')).status).to.equal(200);
  });
});
