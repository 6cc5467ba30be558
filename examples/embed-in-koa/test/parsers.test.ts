/** Whatever parses bodies in the app around, before Palestra or after it: the same answers, and none that hangs. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bodyParser as newBodyParser } from '@koa/bodyparser';
import { gym } from '@palestra/plugin-gym';
import { createPalestra, type Palestra } from '@palestra/server';
import { sealBlock, shareSealingKey } from '@palestra/server/testing';
import { expect } from 'chai';
import Koa, { type Middleware } from 'koa';
import { koaBody } from 'koa-body';
import bodyParser from 'koa-bodyparser';
import mount from 'koa-mount';
import { pino } from 'pino';
import { type Listening, listen, postJson } from './listening.js';

const parsers: Readonly<Record<string, () => Middleware>> = {
  'koa-body': () => koaBody() as unknown as Middleware,
  'koa-body with multipart': () => koaBody({ multipart: true }) as unknown as Middleware,
  'koa-bodyparser': () => bodyParser() as unknown as Middleware,
  'koa-bodyparser for text too': () => bodyParser({ enableTypes: ['json', 'form', 'text'] }) as unknown as Middleware,
  '@koa/bodyparser': () => newBodyParser() as unknown as Middleware,
};

const silent = pino({ level: 'silent' });

const echo: Middleware = (ctx) => {
  ctx.body = { own: (ctx.request as { body?: unknown }).body ?? null };
};

interface Setting {
  readonly title: string;
  readonly build: (app: Koa, palestra: Palestra) => void;
}

const settings: readonly Setting[] = [
  { title: 'no parser', build: (app, palestra) => app.use(mount('/backend', palestra.middleware())).use(echo) },
  ...Object.entries(parsers).flatMap(([name, parser]) => [
    {
      title: `${name} before`,
      build: (app: Koa, palestra: Palestra) =>
        void app.use(parser()).use(mount('/backend', palestra.middleware())).use(echo),
    },
    {
      title: `${name} after`,
      build: (app: Koa, palestra: Palestra) =>
        void app.use(mount('/backend', palestra.middleware())).use(parser()).use(echo),
    },
  ]),
];

describe('body parsers of the app around', () => {
  let folder: string;
  let palestra: Palestra;
  let server: Listening;
  let token: string;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'palestra-parsers-'));
    await shareSealingKey(folder);
    const dba = { username: 'dba', password: 'only for this test' };
    palestra = createPalestra({ plugins: [gym], dataDir: folder, dba, rateLimit: false, log: silent });
    await palestra.start();
    token = await withApp(
      (app) => app.use(palestra.middleware()),
      async (open) => {
        const credentials = Buffer.from('dba:only for this test').toString('base64');
        const answer = await open.fetch('/api/auth', {
          headers: { authorization: `tnt-admin-auth-scheme ${credentials}` },
        });
        return ((await answer.json()) as { data: { access_token: string } }).data.access_token;
      },
    );
  });
  after(async () => {
    await palestra.stop();
    rmSync(folder, { recursive: true });
  });

  async function withApp<Result>(
    build: (app: Koa) => void,
    use: (open: Listening) => Promise<Result>,
  ): Promise<Result> {
    const app = new Koa();
    app.silent = true;
    build(app);
    const open = await listen(app);
    try {
      return await use(open);
    } finally {
      await open.close();
    }
  }

  const authorized = (init: RequestInit): RequestInit => ({
    ...init,
    headers: { authorization: `Bearer ${token}`, ...(init.headers as Record<string, string>) },
  });

  let names = 0;
  const create = () => {
    names += 1;
    return JSON.stringify({ operation: 'create', data: { name: `Gym ${names}` } });
  };

  const multipart = () => {
    const form = new FormData();
    form.set('operation', 'create');
    form.set('file', new Blob(['x'.repeat(1000)]), 'a.txt');
    return form;
  };

  type Case = readonly [title: string, init: () => RequestInit, status: number, exceptionType?: string];

  const cases: readonly Case[] = [
    ['JSON', () => ({ headers: { 'content-type': 'application/json' }, body: create() }), 201],
    [
      'JSON in UTF-8 with a charset',
      () => ({ headers: { 'content-type': 'application/json; charset=utf-8' }, body: create() }),
      201,
    ],
    [
      'JSON of another media type',
      () => ({ headers: { 'content-type': 'application/vnd.club+json' }, body: create() }),
      201,
    ],
    ['bytes without a media type', () => ({ body: new TextEncoder().encode(create()) }), 201],
    ['no body', () => ({}), 400, 'InvalidRequestError'],
    [
      'an empty object',
      () => ({ headers: { 'content-type': 'application/json' }, body: '{}' }),
      400,
      'InvalidRequestError',
    ],
    [
      'a form',
      () => ({ body: new URLSearchParams({ operation: 'create', data: 'x' }) }),
      415,
      'UnsupportedMediaTypeError',
    ],
    ['multipart', () => ({ body: multipart() }), 415, 'UnsupportedMediaTypeError'],
    ['text', () => ({ body: create() }), 415, 'UnsupportedMediaTypeError'],
    [
      'JSON too large',
      () => ({
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ operation: 'create', data: { name: 'x', detail: 'y'.repeat(70_000) } }),
      }),
      413,
      'BodyTooLargeError',
    ],
    [
      'JSON nested too deep',
      () => ({ headers: { 'content-type': 'application/json' }, body: `${'{"a":'.repeat(40)}1${'}'.repeat(40)}` }),
      400,
      'InvalidRequestError',
    ],
  ];

  for (const { title, build } of settings) {
    describe(title, () => {
      before(async () => {
        const app = new Koa();
        app.silent = true;
        build(app, palestra);
        server = await listen(app);
      });
      after(() => server.close());

      for (const [kind, init, status, exceptionType] of cases) {
        it(`${kind} is answered ${status}`, async () => {
          const answer = await server.fetch('/backend/api/gym', authorized({ method: 'POST', ...init() }));
          const text = await answer.text();
          expect(answer.status, text).to.equal(status);
          if (exceptionType) expect(JSON.parse(text).exceptionType).to.equal(exceptionType);
        });
      }

      it('a sealed value is taken as JSON, as text and as application/jose', async () => {
        const key = (await (await server.fetch('/backend/api/gpk')).json()) as { publicKey: string };
        for (const type of ['application/json', 'text/plain', 'application/jose']) {
          names += 1;
          const sealed = sealBlock(key.publicKey, { username: `member ${names}`, password: `password ${names}` });
          const body = type === 'application/json' ? JSON.stringify({ sealed }) : sealed;
          const init = { method: 'POST', headers: { 'content-type': type }, body };
          const answer = await server.fetch('/backend/api/register', init);
          expect(answer.status, `${type}: ${await answer.text()}`).to.equal(201);
        }
      });

      it('the app gets its own bodies', async () => {
        const answer = await server.fetch('/elsewhere', postJson({ mine: true }));
        const { own } = (await answer.json()) as { own: unknown };
        expect(own).to.deep.equal(title === 'no parser' ? null : { mine: true });
      });
    });
  }

  it('a stream that something has read and not left is an answered fault', async () => {
    const swallow: Middleware = async (ctx, next) => {
      for await (const _ of ctx.req);
      await next();
    };
    const answer = await withApp(
      (app) => app.use(swallow).use(palestra.middleware()),
      async (open) => (await open.fetch('/api/gym', authorized({ method: 'POST', body: create() }))).status,
    );
    expect(answer).to.equal(500);
  });

  it('a client that goes away in the middle of a body holds nothing up', async () => {
    await withApp(
      (app) => app.use(palestra.middleware()),
      async (open) => {
        const body = new ReadableStream({
          start: (controller) => controller.enqueue(new TextEncoder().encode('{"operation":')),
        });
        const init = authorized({ method: 'POST', headers: { 'content-type': 'application/json' }, body });
        const gone = { ...init, duplex: 'half', signal: AbortSignal.timeout(200) } as RequestInit;
        const failure = await open.fetch('/api/gym', gone).catch((error: Error) => error.name);
        expect(failure).to.equal('TimeoutError');
        expect((await open.fetch('/api/gpk')).status).to.equal(200);
      },
    );
  });
});
