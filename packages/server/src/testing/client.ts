/** The HTTP client of the tests. It is `node:http`, which takes half the processor time of `fetch`. */
import { constants, publicEncrypt } from 'node:crypto';
import { Agent, type IncomingMessage, request as send } from 'node:http';
import { formatAuthorization, schemes } from '@palestra/core';
import { recordExchange } from './exchanges.js';
import type { Answer, RequestOptions, TestClient } from './types.js';

export function createTestClient(url: string): TestClient {
  const agent = new Agent({ keepAlive: true });
  const request: TestClient['request'] = async (method, path, options = {}) => {
    const body = bodyOf(options);
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      // The listener stays: a server may answer, and close the connection, before it has read the body.
      send(url + path, { agent, method, headers: headersOf(options, body) })
        .once('response', resolve)
        .on('error', reject)
        .end(body);
    });
    const text = await textOf(response);
    const headers = toHeaders(response);
    const answer = { method, path, status: response.statusCode ?? 0, headers, text, body: parse(text) };
    recordExchange(answer, options.json ?? options.body);
    return answer;
  };
  const seal = async (plaintext: unknown) => sealBlock((await request('GET', '/api/gpk')).body.publicKey, plaintext);
  return { url, request, seal };
}

export function sealBlock(publicKey: string, plaintext: unknown): string {
  const key = { key: publicKey, oaepHash: 'sha256', padding: constants.RSA_PKCS1_OAEP_PADDING };
  return publicEncrypt(key, Buffer.from(JSON.stringify(plaintext))).toString('base64');
}

function bodyOf({ json, body }: RequestOptions): string | Uint8Array | undefined {
  return json === undefined ? body : JSON.stringify(json);
}

/** What a test gives comes last, as it is. */
function headersOf(
  { token, json, headers = {} }: RequestOptions,
  body: string | Uint8Array | undefined,
): Record<string, string> {
  const own = {
    accept: '*/*',
    'user-agent': 'palestra-test',
    ...(json !== undefined ? { 'content-type': 'application/json' } : typeof body === 'string' ? plainText : {}),
    ...(body !== undefined && { 'content-length': String(Buffer.byteLength(body)) }),
    ...(token !== undefined && { authorization: formatAuthorization(schemes.bearer, token) }),
  };
  return { ...own, ...lowerCased(headers) };
}

const plainText = { 'content-type': 'text/plain;charset=UTF-8' };

const lowerCased = (headers: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));

function textOf(response: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    response
      .setEncoding('utf8')
      .on('data', (part: string) => {
        text += part;
      })
      .once('end', () => resolve(text))
      .on('error', reject);
  });
}

function toHeaders({ rawHeaders }: IncomingMessage): Headers {
  const headers = new Headers();
  for (let at = 0; at < rawHeaders.length; at += 2) headers.append(rawHeaders[at] ?? '', rawHeaders[at + 1] ?? '');
  return headers;
}

function parse(text: string): Answer['body'] {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
