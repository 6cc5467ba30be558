/** The stand-alone server answers without Koa what an app on Koa answers with it: the same bytes, whatever is asked. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { isDeepStrictEqual } from 'node:util';
import { gym } from '@palestra/plugin-gym';
import { startTestHost, type TestHost } from '@palestra/server/testing';
import { expect } from 'chai';
import Koa from 'koa';
import { pino } from 'pino';
import { connectionLimits } from '../../src/http/connection.js';
import { createListener } from '../../src/http/listener.js';
import { notFound } from '../../src/http/middleware.js';
import type { Answer, HttpContext } from '../../src/steps/http-context.js';
import { smallPlugin } from '../host/small-plugin.js';
import { type RawAnswer, send } from './raw.js';

const quietMs = 150;

describe('a request answered without Koa', () => {
  let host: TestHost;
  let token: string;
  let app: Server;
  let appUrl: string;

  before(async () => {
    const seen = smallPlugin('seen', {}, { handler: (request) => request });
    host = await startTestHost({
      plugins: [gym, seen],
      cors: { origins: ['https://app.club.example'] },
      // It reads Koa's own context.
      identify: (ctx) => void ctx.cookies.get('session'),
    });
    token = (await host.account('admin')).token;
    for (let count = 0; count < 3; count++) await host.operate('/api/gym', token, 'create', { name: `Gym ${count} ü` });
    const koa = new Koa();
    koa.use(host.palestra.middleware());
    koa.use(notFound({ log: pino({ level: 'silent' }) }));
    app = createServer(koa.callback());
    app.listen(0, '127.0.0.1');
    await once(app, 'listening');
    appUrl = `http://127.0.0.1:${(app.address() as AddressInfo).port}`;
  });
  after(async () => {
    app.closeAllConnections();
    app.close();
    await host.stop();
  });

  const head = (line: string, headers: Readonly<Record<string, string>> = {}) =>
    [
      `${line} HTTP/1.1`,
      'Host: x',
      `Authorization: Bearer ${token}`,
      'X-Request-Id: same',
      ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
      '\r\n',
    ].join('\r\n');
  const post = (body: string, headers: Readonly<Record<string, string>> = {}) =>
    head('POST /api/gym', {
      'Content-Type': 'application/json',
      'Content-Length': `${Buffer.byteLength(body)}`,
      ...headers,
    }) + body;
  /** Each answer with its headers in one order, without the time and what only the two servers differ in. */
  const comparable = (text: string) =>
    text.split(/(?=HTTP\/1\.1 \d{3} )/).map((answer) => {
      const [top = '', ...body] = answer.split('\r\n\r\n');
      const [status, ...headers] = top.split('\r\n').filter((line) => !/^(Date|Keep-Alive): /.test(line));
      return { status, headers: headers.map((line) => line.toLowerCase()).sort(), body };
    });

  const isSame = (one: RawAnswer, other: RawAnswer) =>
    one.status > 199 && isDeepStrictEqual(comparable(one.text), comparable(other.text));

  const requests: Readonly<Record<string, () => string>> = {
    'one by key': () => head('GET /api/gym/000000000001'),
    'only its headers': () => head('HEAD /api/gym/000000000001'),
    'what is not there': () => head('GET /api/gym/000000999999'),
    'an envelope': () => post('{"operation":"query","data":{}}'),
    'a list with a query': () => head('GET /api/gym?find=2&find=3'),
    'a parameter that is not valid': () => head('GET /api/gym?find=x'),
    'a list': () => head('GET /api/discovery/gym?keyword=%C3%BC'),
    'the headers of a list': () => head('HEAD /api/discovery/gym'),
    'an encoded path': () => head('GET /api/gym/%30%30%30000000001'),
    'an undecodable path': () => head('GET /api/gym/%zz'),
    'a query twice': () => head('GET /api/seen?a=1&b=%20'),
    'a fragment': () => head('GET /api/seen#fragment'),
    'an absolute target': () => head('GET http://elsewhere.example/api/seen?a=1'),
    'a double slash': () => head('GET //api/seen'),
    'a body that is no JSON': () => post('{'),
    'a body in another character set': () => post('text', { 'Content-Type': 'text/plain; charset=utf-16' }),
    'a body of another type': () => post('x', { 'Content-Type': 'image/png' }),
    'a refusal as a problem': () => head('GET /api/gym/000000999999', { Accept: 'application/problem+json' }),
    'another method': () => head('PUT /api/gym', { 'Content-Length': '0' }),
    'the methods': () => head('OPTIONS /api/gym'),
    'a preflight': () =>
      head('OPTIONS /api/gym', { Origin: 'https://app.club.example', 'Access-Control-Request-Method': 'POST' }),
    'another origin': () => head('GET /api/seen', { Origin: 'https://app.club.example' }),
    'no valid token': () => head('GET /api/gym/000000000001').replace(token, 'none'),
    liveness: () => head('GET /livez'),
    'the headers of liveness': () => head('HEAD /livez'),
    'another method of liveness': () => head('POST /livez', { 'Content-Length': '0' }),
    'a path of nobody': () => head('GET /nowhere'),
    'two at once': () => head('GET /api/gym/000000000002') + head('HEAD /livez') + head('GET /api/gym/000000000001'),
  };
  for (const [title, request] of Object.entries(requests)) {
    it(`has the same answer: ${title}`, async () => {
      const answers = (quietMs: number) =>
        Promise.all([send(host.url, request(), { quietMs }), send(appUrl, request(), { quietMs })]);
      let [without, withKoa] = await answers(quietMs);
      // A busy machine may be silent for longer in the middle of an answer.
      if (!isSame(without, withKoa)) [without, withKoa] = await answers(50 * quietMs);
      expect(without.status, without.text).to.be.greaterThan(199);
      expect(comparable(without.text)).to.deep.equal(comparable(withKoa.text));
    });
  }
});

describe('what cannot be answered without Koa', () => {
  let server: Server;
  let failures: unknown[];
  let url: string;

  async function listen(answerTo: (ctx: HttpContext) => Answer | undefined): Promise<void> {
    failures = [];
    const app = new Koa().use((ctx) => {
      ctx.body = 'by Koa';
    });
    const failed = (error: unknown) => void failures.push(error);
    server = createServer(createListener({ app, answerTo, limits: connectionLimits, failed }));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  it('is left to the app', async () => {
    await listen(() => undefined);
    expect(await (await fetch(url)).text()).to.equal('by Koa');
  });

  for (const [title, thrown] of [
    [
      'at once',
      (): void => {
        throw new Error('broken');
      },
    ],
    [
      'later',
      async (): Promise<void> => {
        throw new Error('broken');
      },
    ],
  ] as const) {
    it(`is a 500 without its reason where it fails ${title}`, async () => {
      await listen((ctx) => () => {
        ctx.set('x-secret', 'of the answer');
        return thrown();
      });
      const answer = await fetch(url);
      expect([answer.status, await answer.text()]).to.deep.equal([500, 'Internal Server Error']);
      expect(answer.headers.has('x-secret')).to.equal(false);
      expect(failures).to.have.length(1);
    });
  }

  it('ends its connection where a stream breaks, so that no client takes a part for the whole', async () => {
    await listen((ctx) => () => {
      ctx.status = 200;
      ctx.body = Readable.from(
        (async function* () {
          yield 'a part';
          throw new Error('broken');
        })(),
      );
    });
    const error = await fetch(url)
      .then((answer) => answer.text())
      .catch((reason) => reason);
    expect(error).to.be.instanceOf(TypeError);
    expect(failures.map(String)).to.deep.equal(['Error: broken']);
  });

  for (const [title, status, method] of [
    ['a status without content', 304, 'GET'],
    ['HEAD', 200, 'HEAD'],
  ] as const) {
    it(`closes a stream that nobody reads: ${title}`, async () => {
      const body = new Readable({ read: () => undefined });
      await listen((ctx) => () => {
        ctx.status = status;
        ctx.set('Content-Type', 'text/plain');
        ctx.body = body;
      });
      const answer = await fetch(url, { method });
      expect(answer.status).to.equal(status);
      expect(answer.headers.has('content-type')).to.equal(status === 200);
      expect(body.destroyed).to.equal(true);
    });
  }
});
