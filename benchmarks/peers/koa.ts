/**
 * What a careful user writes by hand: Koa, @koa/router, koa-body, knex, jsonwebtoken with a KeyObject, ajv. It answers
 * what Palestra answers, with the same bytes.
 */
import { randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import Router from '@koa/router';
import { Ajv } from 'ajv';
import jwt from 'jsonwebtoken';
import Koa, { type Context, type Next } from 'koa';
import { koaBody } from 'koa-body';
import * as audited from './shared/audited.js';
import { isDuplicate } from './shared/database.js';
import { gamesEtag, isActive, listGames } from './shared/devices.js';
import { createGym, findGym, gymsNear, listCountries, queryGyms } from './shared/gyms.js';
import { createOnce } from './shared/keyed.js';
import { perform, use, verify } from './shared/purchases.js';
import { announce, mayRead, mayWrite, secretKey } from './shared/settings.js';
import { type Credentials, signIn } from './shared/sign-in.js';
import { envelope, nearbyOf } from './shared/wire.js';

const ajv = new Ajv();
const isRequest = ajv.compile({
  type: 'object',
  required: ['operation', 'data'],
  properties: { operation: { enum: ['create', 'query'] }, data: { type: 'object' } },
  additionalProperties: false,
});
const isGym = ajv.compile({
  type: 'object',
  required: ['name'],
  properties: {
    name: { type: 'string', minLength: 1, maxLength: 200 },
    address: { type: 'string', maxLength: 500 },
    detail: { type: 'string', maxLength: 10_000 },
  },
  additionalProperties: false,
});

interface Claims {
  readonly sub: string;
  readonly level?: number;
  readonly scope?: string;
  readonly jti?: string;
}

function claimsOf(ctx: Context): Claims {
  const token = /^Bearer (.+)$/.exec(ctx.get('authorization'))?.[1] ?? '';
  try {
    return jwt.verify(token, secretKey, { algorithms: ['HS256'] }) as Claims;
  } catch {
    return ctx.throw(401);
  }
}

/** Lets pass who has this level or a lower one. */
function level(most: number) {
  return (ctx: Context, next: Next) => {
    const claims = claimsOf(ctx);
    if (claims.level === undefined || claims.level > most) ctx.throw(403);
    ctx.state.account = Number(claims.sub);
    return next();
  };
}

async function device(ctx: Context, next: Next) {
  const { scope, jti = '' } = claimsOf(ctx);
  if (scope !== 'stams_io' || !(await isActive(jti))) ctx.throw(403);
  return next();
}

async function create(ctx: Context, data: Parameters<typeof createGym>[0]) {
  const key = ctx.get('idempotency-key');
  if (key === '') return createGym(data, ctx.state.account);
  const kept = await createOnce(data, ctx.state.account, key);
  if (!kept) return ctx.throw(422);
  if (kept.replayed) ctx.set('idempotency-replayed', 'true');
  return kept.gym;
}

const bodyOf = (ctx: Context) => ctx.request.body as Readonly<Record<string, unknown>>;

const router = new Router();
router.get('/livez', (ctx) => {
  ctx.body = 'ok';
});
router.get('/api/gym/:id', level(mayRead), async (ctx) => {
  const gym = await findGym(Number(ctx.params.id));
  if (!gym) ctx.throw(404);
  ctx.body = envelope(gym);
});
router.post('/api/gym', level(mayRead), koaBody(), async (ctx) => {
  const { body } = ctx.request;
  if (!isRequest(body)) return ctx.throw(400);
  const { operation, data } = body as { operation: string; data: never };
  if (operation === 'query') {
    ctx.body = envelope(await queryGyms(data));
    return;
  }
  if (!isGym(data)) return ctx.throw(400);
  try {
    ctx.body = envelope(await create(ctx, data));
    ctx.status = 201;
  } catch (error) {
    if (isDuplicate(error)) ctx.throw(409);
    throw error;
  }
});
router.get('/api/discovery/gym', async (ctx) => {
  ctx.body = envelope(await gymsNear(nearbyOf(ctx.query)));
});
router.get('/api/v1/countries', level(mayRead), async (ctx) => {
  ctx.body = await listCountries();
});
router.get('/api/v1/stams/self/games', device, async (ctx) => {
  ctx.set('cache-control', 'no-cache');
  ctx.etag = await gamesEtag();
  ctx.status = 200;
  if (ctx.fresh) ctx.status = 304;
  else ctx.body = await listGames();
});
router.post('/api/login', koaBody(), async (ctx) => {
  ctx.body = envelope((await signIn(bodyOf(ctx) as unknown as Credentials)) ?? ctx.throw(401));
});
router.post('/api/perform_transaction', level(mayRead), koaBody(), async (ctx) => {
  ctx.body = envelope((await perform(Number(bodyOf(ctx).merchandiseId), ctx.state.account)) ?? ctx.throw(409));
  ctx.status = 201;
});
router.post('/api/verify_transaction', level(mayRead), koaBody(), async (ctx) => {
  const { transactionRecordId, transactionId } = bodyOf(ctx);
  ctx.body = envelope(
    (await verify(Number(transactionRecordId), String(transactionId), ctx.state.account)) ?? ctx.throw(402),
  );
});
router.post('/api/verify_transaction_record', level(mayWrite), koaBody(), async (ctx) => {
  const { transactionRecordId, merchandiseId } = bodyOf(ctx);
  ctx.body = envelope((await use(Number(transactionRecordId), Number(merchandiseId))) ?? ctx.throw(409));
});

const callerOf = (ctx: Context): audited.Caller => ({
  account: ctx.state.account,
  ip: ctx.ip,
  requestId: ctx.get('x-request-id') || randomUUID(),
});
router.post('/audited/perform_transaction', level(mayRead), koaBody(), async (ctx) => {
  ctx.body = envelope((await audited.perform(Number(bodyOf(ctx).merchandiseId), callerOf(ctx))) ?? ctx.throw(409));
  ctx.status = 201;
});
router.post('/audited/verify_transaction', level(mayRead), koaBody(), async (ctx) => {
  const { transactionRecordId, transactionId } = bodyOf(ctx);
  const paid = await audited.verify(Number(transactionRecordId), String(transactionId), callerOf(ctx));
  ctx.body = envelope(paid ?? ctx.throw(402));
});
router.post('/audited/verify_transaction_record', level(mayWrite), koaBody(), async (ctx) => {
  const { transactionRecordId, merchandiseId } = bodyOf(ctx);
  const key = ctx.get('idempotency-key') || undefined;
  const used = await audited.use(Number(transactionRecordId), Number(merchandiseId), callerOf(ctx), key);
  ctx.body = envelope(used ?? ctx.throw(409));
});

const app = new Koa();
app.use(router.routes()).use(router.allowedMethods());
const server = app.listen(0, '127.0.0.1', () => announce((server.address() as AddressInfo).port));
