/**
 * What a careful user writes by hand: Koa, @koa/router, koa-body, knex on better-sqlite3, jsonwebtoken with a
 * KeyObject, ajv. It answers the gym operations of the benchmark as Palestra does; prints its address.
 */
import { createSecretKey } from 'node:crypto';
import Router from '@koa/router';
import { Ajv } from 'ajv';
import jwt from 'jsonwebtoken';
import km from 'knex';
import Koa from 'koa';
import { koaBody } from 'koa-body';

const { knex } = km;
const [file, secret] = process.argv.slice(2);
const key = createSecretKey(Buffer.from(secret, 'hex'));
const db = knex({ client: 'better-sqlite3', connection: { filename: file }, useNullAsDefault: true });
await db.raw('pragma journal_mode = wal');
await db.raw('pragma synchronous = full');

const validate = new Ajv().compile({
  type: 'object',
  required: ['operation', 'data'],
  properties: { operation: { enum: ['create', 'query'] }, data: { type: 'object' } },
  additionalProperties: false,
});
const validateGym = new Ajv().compile({
  type: 'object',
  required: ['name'],
  properties: {
    name: { type: 'string', minLength: 1, maxLength: 200 },
    address: { type: 'string', maxLength: 500 },
    detail: { type: 'string', maxLength: 10000 },
  },
  additionalProperties: false,
});

const shown = (row) => ({
  _id: String(row.id).padStart(12, '0'),
  name: row.name,
  address: row.address,
  detail: row.detail,
  email: row.email,
  geoLocation: row.longitude === null ? null : [row.longitude, row.latitude],
  smallLogo: row.small_logo,
  bigLogo: row.big_logo,
  services: JSON.parse(row.services),
  equipments: JSON.parse(row.equipments),
  announcements: JSON.parse(row.announcements),
  owner: row.owner_id === null ? null : String(row.owner_id).padStart(12, '0'),
  createdDate: new Date(row.created_at).toISOString(),
  updatedDate: new Date(row.updated_at).toISOString(),
});
const success = (data) => ({ success: true, data, exceptionMessage: '' });

function level(most) {
  return (ctx, next) => {
    const token = /^Bearer (.+)$/.exec(ctx.get('authorization'))?.[1];
    if (!token) ctx.throw(401);
    let claims;
    try {
      claims = jwt.verify(token, key, { algorithms: ['HS256'] });
    } catch {
      ctx.throw(401);
    }
    if (claims.level > most) ctx.throw(403);
    return next();
  };
}

async function query(data) {
  const select = db('gym').orderBy('id');
  for (const [field, criteria] of Object.entries(data)) {
    if (field === 'find') continue;
    const column = field === '_id' ? 'id' : field;
    if ('equals' in criteria) select.where(column, criteria.equals);
    if ('contains' in criteria) {
      const text = criteria.contains.replace(/[\\%_]/g, '\\$&');
      select.whereRaw("?? like ? escape '\\'", [column, `%${text}%`]);
    }
  }
  if (data.find) select.limit(data.find);
  return (await select).map(shown);
}

async function create(data) {
  const now = Date.now();
  const row = {
    name: data.name,
    name_folded: data.name.toLowerCase(),
    address: data.address ?? null,
    detail: data.detail ?? null,
    services: '[]',
    services_folded: '',
    equipments: '[]',
    equipments_folded: '',
    announcements: '[]',
    created_at: now,
    updated_at: now,
  };
  const [id] = await db('gym').insert(row);
  return shown({ email: null, longitude: null, small_logo: null, big_logo: null, owner_id: null, ...row, id });
}

const router = new Router();
router.get('/livez', (ctx) => {
  ctx.body = 'ok';
});
router.get('/api/gym/:id', level(4), async (ctx) => {
  const row = await db('gym').where('id', Number(ctx.params.id)).first();
  if (!row) ctx.throw(404);
  ctx.body = success(shown(row));
});
router.post('/api/gym', level(4), koaBody(), async (ctx) => {
  const { body } = ctx.request;
  if (!validate(body)) ctx.throw(400);
  if (body.operation === 'create' && !validateGym(body.data)) ctx.throw(400);
  ctx.status = body.operation === 'create' ? 201 : 200;
  ctx.body = success(await (body.operation === 'create' ? create(body.data) : query(body.data)));
});

const app = new Koa();
app.use(router.routes()).use(router.allowedMethods());
const server = app.listen(0, '127.0.0.1', () => console.log(`serves on http://127.0.0.1:${server.address().port}`));
process.on('SIGTERM', () => process.exit(0));
