/** Fastify by its guide: schemas for requests and answers, @fastify/jwt, one plugin for the routes; knex. */
import type { AddressInfo } from 'node:net';
import fastifyJwt from '@fastify/jwt';
import Fastify, { type FastifyReply, type FastifyRequest } from 'fastify';
import { isDuplicate } from './shared/database.js';
import { createGym, findGym, type GymQuery, gymsNear, listCountries, type NewGym, queryGyms } from './shared/gyms.js';
import { announce, mayRead, secret } from './shared/settings.js';
import { type Credentials, checked, claimsOf, tokensFor } from './shared/sign-in.js';
import { envelope, nearbyOf } from './shared/wire.js';

interface Claims {
  readonly sub: string;
  readonly level: number;
}

declare module '@fastify/jwt' {
  interface FastifyJWT {
    user: Claims;
  }
}

const text = { type: 'string' };
const nullable = { type: ['string', 'null'] };
const texts = { type: 'array', items: text };
const publicFields = {
  _id: text,
  name: text,
  address: nullable,
  detail: nullable,
  geoLocation: { type: ['array', 'null'], items: { type: 'number' } },
  smallLogo: nullable,
  bigLogo: nullable,
  services: texts,
  equipments: texts,
  announcements: { type: 'array', items: { type: 'object', additionalProperties: true } },
};
const { geoLocation, smallLogo, bigLogo, services, equipments, announcements, ...first } = publicFields;
const gym = {
  type: 'object',
  properties: {
    ...first,
    email: nullable,
    ...{ geoLocation, smallLogo, bigLogo, services, equipments, announcements },
    owner: nullable,
    club: nullable,
    createdDate: text,
    updatedDate: text,
  },
};
const enveloped = (data: object) => ({
  type: 'object',
  properties: { success: { type: 'boolean' }, data, exceptionMessage: text },
});
const publicGyms = {
  type: 'array',
  items: { type: 'object', properties: { ...publicFields, distance: { type: 'number' } } },
};
const tokens = {
  type: 'object',
  properties: { token_type: text, access_token: text, refresh_token: text, expires_in: { type: 'integer' } },
};
const country = { type: 'object', properties: { country_id: { type: 'integer' }, name: text } };
const qualifier = { type: 'object', properties: { equals: {}, contains: text }, additionalProperties: false };
const query = {
  type: 'object',
  properties: {
    operation: { const: 'query' },
    data: { type: 'object', properties: { find: { type: 'integer' }, after: text }, additionalProperties: qualifier },
  },
  required: ['operation', 'data'],
};
const create = {
  type: 'object',
  properties: {
    operation: { const: 'create' },
    data: {
      type: 'object',
      required: ['name'],
      properties: {
        name: { type: 'string', minLength: 1, maxLength: 200 },
        address: { type: 'string', maxLength: 500 },
        detail: { type: 'string', maxLength: 10_000 },
      },
      additionalProperties: false,
    },
  },
  required: ['operation', 'data'],
};

type Envelope = { operation: 'query'; data: GymQuery } | { operation: 'create'; data: NewGym };

const app = Fastify();
await app.register(fastifyJwt, { secret });

async function authenticate(request: FastifyRequest, reply: FastifyReply) {
  await request.jwtVerify();
  if (request.user.level > mayRead) return reply.code(403).send();
}
const guarded = { onRequest: [authenticate] };

app.get('/livez', async () => 'ok');
app.get<{ Params: { id: string } }>(
  '/api/gym/:id',
  { ...guarded, schema: { params: { type: 'object', properties: { id: text } }, response: { 200: enveloped(gym) } } },
  async ({ params }, reply) => {
    const found = await findGym(Number(params.id));
    return found ? envelope(found) : reply.code(404).send();
  },
);
app.post<{ Body: Envelope }>(
  '/api/gym',
  {
    ...guarded,
    schema: {
      body: { anyOf: [query, create] },
      response: { 200: enveloped({ type: 'array', items: gym }), 201: enveloped(gym) },
    },
  },
  async ({ body, user }, reply) => {
    if (body.operation === 'query') return envelope(await queryGyms(body.data));
    try {
      const created = await createGym(body.data, Number(user.sub));
      return reply.code(201).send(envelope(created));
    } catch (error) {
      if (isDuplicate(error)) return reply.code(409).send();
      throw error;
    }
  },
);
app.get<{ Querystring: { near: string; max: number; find: number } }>(
  '/api/discovery/gym',
  {
    schema: {
      querystring: {
        type: 'object',
        required: ['near'],
        properties: { near: text, max: { type: 'number' }, find: { type: 'integer' } },
      },
      response: { 200: enveloped(publicGyms) },
    },
  },
  async ({ query: near }) => envelope(await gymsNear(nearbyOf(near))),
);
app.get('/api/v1/countries', { ...guarded, schema: { response: { 200: { type: 'array', items: country } } } }, () =>
  listCountries(),
);
app.post<{ Body: Credentials }>(
  '/api/login',
  {
    schema: {
      body: { type: 'object', required: ['username', 'password'], properties: { username: text, password: text } },
      response: { 200: enveloped(tokens) },
    },
  },
  async ({ body }, reply) => {
    const account = await checked(body);
    if (!account) return reply.code(401).send();
    return envelope(await tokensFor(account, app.jwt.sign(claimsOf(account), { expiresIn: '1h' })));
  },
);

await app.listen({ port: 0, host: '127.0.0.1' });
announce((app.server.address() as AddressInfo).port);
