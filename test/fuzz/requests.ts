/** Requests for the operations of a document: as it describes them, or wrong in one way. */
import { constants, publicEncrypt } from 'node:crypto';
import type { OpenApiDocument, RequestBodyObject, Schema } from '@palestra/core';
import { type DescribedOperation, resolve } from '../../packages/server/src/contract/operations.js';
import { hostileValue, mutate, mutateText } from './mutate.js';
import type { Random } from './random.js';
import { isObject, type Sampler, sample } from './sample.js';

export interface FuzzRequest {
  readonly operation: DescribedOperation;
  readonly principal: string;
  readonly method: string;
  /** With its query. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface RequestOptions {
  readonly document: OpenApiDocument;
  readonly tokens: Readonly<Record<string, string>>;
  /** PEM, of `GET /api/gpk`. */
  readonly publicKey: string;
  readonly random: Random;
  readonly known: readonly string[];
}

/** What is wrong with a request; undefined for a request as described. */
type Fault = 'body' | 'text' | 'type' | 'path' | 'query' | 'token' | 'method' | undefined;

const faults: readonly Fault[] = [
  ...Array<undefined>(6),
  ...(Array<Fault>(5).fill('body') as Fault[]),
  'text',
  'type',
  'path',
  'query',
  'token',
  'method',
];

export function createRequest(operation: DescribedOperation, options: RequestOptions): FuzzRequest {
  const { random, tokens } = options;
  const fault = random.pick(faults);
  const principal = random.chance(0.6) ? suited(operation, options) : random.pick(['guest', ...Object.keys(tokens)]);
  const body = bodyOf(operation, options, fault);
  const authorization = authorizationOf(operation, principal, fault, options);
  return {
    operation,
    principal,
    method:
      fault === 'method' ? random.pick(['PUT', 'PATCH', 'DELETE', 'TRACE', 'OPTIONS']) : operation.method.toUpperCase(),
    target: pathOf(operation, options, fault) + queryOf(operation, options, fault),
    headers: {
      ...(body !== undefined && { 'content-type': contentType(body, random, fault) }),
      ...(authorization !== undefined && { authorization }),
      ...(random.chance(0.5) && {
        accept: random.pick(['application/problem+json', 'application/json', '*/*', 'text/html', ';']),
      }),
      ...(random.chance(0.1) && { 'idempotency-key': random.pick(['a', 'b', 'key-1', 'x'.repeat(300), 'ä ö']) }),
      ...(random.chance(0.1) && { 'if-none-match': random.pick(['*', '"x"', 'W/"x"', 'x']) }),
      ...(random.chance(0.1) && { 'x-request-id': random.pick(['fuzz-request-1', 'short', 'a b']) }),
    },
    ...(body !== undefined && { body }),
  };
}

/** Who is let in, most likely. */
function suited({ object }: DescribedOperation, { random, tokens }: RequestOptions): string {
  const declared = object['x-privilege'];
  const named = typeof declared === 'object' ? random.pick(Object.values(declared)) : declared;
  return named !== undefined && named in tokens ? named : 'guest';
}

function samplerOf({ document, random, known }: RequestOptions): Sampler {
  return { random, known, resolve: (schema) => resolve<Schema>(document, schema) };
}

function bodyOf({ object }: DescribedOperation, options: RequestOptions, fault: Fault): string | undefined {
  const { document, random } = options;
  if (!object.requestBody) return random.chance(0.05) ? '{}' : undefined;
  const { content } = resolve<RequestBodyObject>(document, object.requestBody);
  const sealed = object['x-sealed'];
  const schema = sealed ? { $ref: `#/components/schemas/${sealed}` } : (content['application/json']?.schema ?? {});
  const value = sample(schema, samplerOf(options));
  const sent = fault === 'body' ? mutate(value, random) : value;
  const text = JSON.stringify(sealed && !random.chance(0.1) ? { sealed: seal(sent, options) } : sent);
  return fault === 'text' ? mutateText(text, random) : text;
}

/** One block, which holds 318 bytes; what is longer is cut, and so no JSON. */
function seal(plaintext: unknown, { publicKey }: RequestOptions): string {
  const key = { key: publicKey, oaepHash: 'sha256', padding: constants.RSA_PKCS1_OAEP_PADDING };
  return publicEncrypt(key, Buffer.from(JSON.stringify(plaintext)).subarray(0, 190)).toString('base64');
}

function contentType(body: string, random: Random, fault: Fault): string {
  if (fault !== 'type') return 'application/json';
  return random.pick([
    'text/plain',
    'application/jose',
    'application/xml',
    'application/json; charset=latin1',
    '',
    body.slice(0, 9).replace(/[^a-z]/g, ''),
  ]);
}

function pathOf({ path, parameters }: DescribedOperation, options: RequestOptions, fault: Fault): string {
  const { random, known } = options;
  return path.replace(/\{([^}]+)\}/g, (_, name: string) => {
    const schema = parameters.find((each) => each.in === 'path' && each.name === name)?.schema ?? {};
    if (fault === 'path')
      return random.pick([
        '%00',
        '%ff',
        '..',
        '-1',
        '0',
        '1e3',
        '%2e%2e%2f',
        'x'.repeat(3_000),
        textOf(hostileValue(random)),
      ]);
    const value = known.length > 0 && random.chance(0.7) ? random.pick(known) : sample(schema, samplerOf(options));
    return encodeURIComponent(String(value)) || '1';
  });
}

function textOf(value: unknown): string {
  return encodeURIComponent(typeof value === 'string' ? value : JSON.stringify(value)) || '%20';
}

function queryOf({ parameters }: DescribedOperation, options: RequestOptions, fault: Fault): string {
  const { random } = options;
  const pairs = parameters
    .filter((each) => each.in === 'query' && (each.required || random.chance(0.4)))
    .map(
      ({ name, schema }) =>
        `${name}=${textOf(fault === 'query' && random.chance(0.7) ? hostileValue(random) : sample(schema, samplerOf(options)))}`,
    );
  if (fault === 'query') pairs.push(random.pick(['x=1', 'find=1&find=2', '__proto__=1', '%', '&&', 'find[]=1', '=']));
  return pairs.length > 0 ? `?${pairs.join('&')}` : '';
}

function authorizationOf(
  operation: DescribedOperation,
  principal: string,
  fault: Fault,
  options: RequestOptions,
): string | undefined {
  const { random, tokens } = options;
  const sealed = operation.object['x-sealed'];
  if (!operation.object.requestBody && (sealed !== undefined || operation.id === 'login')) return credential(options);
  const token = tokens[principal];
  if (fault !== 'token') return token === undefined ? undefined : `Bearer ${token}`;
  return random.pick([
    'Bearer',
    'Bearer x',
    `bearer ${token}x`,
    `Basic ${token}`,
    `Bearer ${token} x`,
    'tnt-user-auth-scheme x',
    'é'.repeat(50),
    `Bearer ${'a'.repeat(9_000)}`,
  ]);
}

function credential(options: RequestOptions): string {
  const { random } = options;
  const user = {
    username: random.pick(['dba', 'nobody', 'ä', '']),
    password: random.pick(['wrong password', '', 'x'.repeat(200)]),
  };
  const sent = random.chance(0.3) ? mutate(user, random) : user;
  const basic = isObject(sent) ? Buffer.from(`${sent.username}:${sent.password}`).toString('base64') : 'x';
  return random.pick([
    `tnt-user-auth-scheme ${seal(sent, options)}`,
    `tnt-admin-auth-scheme ${basic}`,
    `Basic ${basic}`,
    'tnt-user-auth-scheme AAAA',
    'Digest x',
    '',
  ]);
}
