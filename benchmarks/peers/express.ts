/** Express by its guide: express.json(), middleware for each concern; jsonwebtoken with a KeyObject, ajv, knex. */
import type { AddressInfo } from 'node:net';
import { Ajv } from 'ajv';
import express, { type NextFunction, type Request, type Response } from 'express';
import jwt from 'jsonwebtoken';
import { isDuplicate } from './shared/database.js';
import { createGym, findGym, gymsNear, listCountries, queryGyms } from './shared/gyms.js';
import { announce, mayRead, secretKey } from './shared/settings.js';
import { signIn } from './shared/sign-in.js';
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

function level(req: Request, res: Response, next: NextFunction) {
  const token = /^Bearer (.+)$/.exec(req.get('authorization') ?? '')?.[1] ?? '';
  let claims: { sub: string; level: number };
  try {
    claims = jwt.verify(token, secretKey, { algorithms: ['HS256'] }) as unknown as typeof claims;
  } catch {
    return res.sendStatus(401);
  }
  if (claims.level > mayRead) return res.sendStatus(403);
  res.locals.account = Number(claims.sub);
  next();
}

const app = express();
app.use(express.json());
app.get('/livez', (_, res) => {
  res.type('text').send('ok');
});
app.get('/api/gym/:id', level, async (req, res) => {
  const gym = await findGym(Number(req.params.id));
  if (!gym) return res.sendStatus(404);
  res.json(envelope(gym));
});
app.post('/api/gym', level, async (req, res) => {
  if (!isRequest(req.body)) return res.sendStatus(400);
  const { operation, data } = req.body as { operation: string; data: never };
  if (operation === 'query') return res.json(envelope(await queryGyms(data)));
  if (!isGym(data)) return res.sendStatus(400);
  try {
    res.status(201).json(envelope(await createGym(data, res.locals.account)));
  } catch (error) {
    if (isDuplicate(error)) return res.sendStatus(409);
    throw error;
  }
});
app.get('/api/discovery/gym', async (req, res) => {
  res.json(envelope(await gymsNear(nearbyOf(req.query))));
});
app.get('/api/v1/countries', level, async (_, res) => {
  res.json(await listCountries());
});
app.post('/api/login', async (req, res) => {
  const tokens = await signIn(req.body);
  if (!tokens) return res.sendStatus(401);
  res.json(envelope(tokens));
});

const server = app.listen(0, '127.0.0.1', () => announce((server.address() as AddressInfo).port));
