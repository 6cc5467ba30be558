/** Hono by its guide: @hono/node-server, its JWT middleware, the zod validator; knex. */
import { serve } from '@hono/node-server';
import { zValidator } from '@hono/zod-validator';
import { Hono } from 'hono';
import { createMiddleware } from 'hono/factory';
import { type JwtVariables, jwt, sign } from 'hono/jwt';
import { z } from 'zod';
import { isDuplicate } from './shared/database.js';
import { createGym, findGym, gymsNear, listCountries, queryGyms } from './shared/gyms.js';
import { announce, mayRead, secret } from './shared/settings.js';
import { checked, claimsOf, tokensFor } from './shared/sign-in.js';
import { envelope, nearbyOf } from './shared/wire.js';

const qualifier = z.object({ equals: z.any().optional(), contains: z.string().optional() });
const request = z.discriminatedUnion('operation', [
  z.object({
    operation: z.literal('query'),
    data: z.object({
      find: z.int().min(0).optional(),
      after: z.string().optional(),
      _id: qualifier.optional(),
      name: qualifier.optional(),
    }),
  }),
  z.object({
    operation: z.literal('create'),
    data: z.strictObject({
      name: z.string().min(1).max(200),
      address: z.string().max(500).optional(),
      detail: z.string().max(10_000).optional(),
    }),
  }),
]);

type Variables = JwtVariables<{ sub: string; level: number }>;

const token = jwt({ secret, alg: 'HS256' });
const level = createMiddleware<{ Variables: Variables }>(async (c, next) => {
  if (c.get('jwtPayload').level > mayRead) return c.body(null, 403);
  return next();
});

const app = new Hono<{ Variables: Variables }>();
app.get('/livez', (c) => c.text('ok'));
app.get('/api/gym/:id', token, level, async (c) => {
  const gym = await findGym(Number(c.req.param('id')));
  return gym ? c.json(envelope(gym)) : c.notFound();
});
app.post('/api/gym', token, level, zValidator('json', request), async (c) => {
  const { operation, data } = c.req.valid('json');
  if (operation === 'query') return c.json(envelope(await queryGyms(data)));
  try {
    return c.json(envelope(await createGym(data, Number(c.get('jwtPayload').sub))), 201);
  } catch (error) {
    if (isDuplicate(error)) return c.body(null, 409);
    throw error;
  }
});
app.get('/api/discovery/gym', async (c) => c.json(envelope(await gymsNear(nearbyOf(c.req.query())))));
app.get('/api/v1/countries', token, level, async (c) => c.json(await listCountries()));
app.post('/api/login', zValidator('json', z.object({ username: z.string(), password: z.string() })), async (c) => {
  const account = await checked(c.req.valid('json'));
  if (!account) return c.body(null, 401);
  const exp = Math.floor(Date.now() / 1000) + 3600;
  return c.json(envelope(await tokensFor(account, await sign({ ...claimsOf(account), exp }, secret, 'HS256'))));
});

serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) => announce(port));
