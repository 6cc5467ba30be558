/** A hostile transport in this process: it speaks the wire, loses replies, is silent, and remembers what it was sent. */
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import {
  type ClientError,
  type ClientOptions,
  isClientError,
  type Transport,
  type TransportInit,
  type TransportResponse,
} from '@palestra/client';
import { catalogue, PalestraError, problemMediaType, problemOf, type ServerKey } from '@palestra/core';
import { calculateJwkThumbprint, compactDecrypt, exportJWK } from 'jose';
import { FakeClock } from './clock.js';

export interface Sent {
  readonly route: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
  readonly text: string | undefined;
  readonly at: number;
}

export interface Reply {
  readonly status?: number;
  readonly body?: unknown;
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** `lost`: the connection breaks; `silent`: no answer ever. */
export type Outcome = Reply | 'lost' | 'silent';
export type Answerer = (sent: Sent) => Outcome | Promise<Outcome>;

export const ok = (data: unknown, headers: Reply['headers'] = {}): Reply => ({
  status: 200,
  body: { success: true, data, exceptionMessage: '' },
  headers,
});

export function problem(name: keyof typeof catalogue, headers: Reply['headers'] = {}, message = 'No.'): Reply {
  const fact = catalogue[name];
  const body = problemOf(new PalestraError(fact, message), fact.status, 'from-the-server');
  return { status: fact.status, body, headers: { 'content-type': problemMediaType, ...headers } };
}

export class Wire {
  readonly clock: FakeClock = new FakeClock();
  readonly sent: Sent[] = [];
  readonly #routes = new Map<string, Answerer[]>();

  /** Answers of one route in their order; the last one stays. */
  on(route: string, ...answers: readonly (Outcome | Answerer)[]): this {
    const answerers = answers.map((answer) => (typeof answer === 'function' ? answer : () => answer));
    this.#routes.set(route, answerers);
    return this;
  }

  /** What was sent to `route`, or everything. */
  to(route: string): Sent[] {
    return this.sent.filter((each) => each.route === route);
  }

  readonly transport: Transport = async (url: string, init: TransportInit): Promise<TransportResponse> => {
    const { pathname, searchParams } = new URL(url);
    const sent: Sent = {
      route: `${init.method} ${pathname}`,
      path: pathname,
      query: searchParams,
      headers: { ...init.headers },
      body: init.body === undefined ? undefined : JSON.parse(init.body),
      text: init.body,
      at: this.clock.now(),
    };
    this.sent.push(sent);
    const answerers = this.#routes.get(sent.route);
    const answer = answerers && answerers.length > 1 ? answerers.shift() : answerers?.[0];
    if (answer === undefined) throw new Error(`The wire has no answer for ${sent.route}`);
    return deliver(await answer(sent), init);
  };

  options(more: Partial<ClientOptions> = {}): ClientOptions<readonly []> {
    const { plugins: _, ...rest } = more;
    return { baseUrl: 'https://gym.example', transport: this.transport, clock: this.clock, random: () => 1, ...rest };
  }
}

function deliver(outcome: Outcome, { signal }: TransportInit): Promise<TransportResponse> {
  if (outcome === 'lost') return Promise.reject(new TypeError('fetch failed'));
  if (outcome === 'silent') {
    return new Promise((_, reject) => signal?.addEventListener('abort', () => reject(new Error('aborted'))));
  }
  const { status = 200, body, text = JSON.stringify(body), headers = {} } = outcome;
  return Promise.resolve({
    status,
    headers: { get: (name) => headers[name.toLowerCase()] ?? null },
    text: () => Promise.resolve(text ?? ''),
  });
}

/** The server's side of sealing, by `jose`. */
export class Opener {
  readonly key: ServerKey;
  readonly #privateKey: KeyObject;

  private constructor(key: ServerKey, privateKey: KeyObject) {
    this.key = key;
    this.#privateKey = privateKey;
  }

  static async make(): Promise<Opener> {
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const kid = await calculateJwkThumbprint(await exportJWK(publicKey));
    const pem = String(publicKey.export({ type: 'spki', format: 'pem' }));
    return new Opener({ publicKey: pem, kid, algorithm: 'RSA-OAEP-256' }, privateKey);
  }

  async open(value: string): Promise<{ header: Record<string, unknown>; plaintext: Record<string, unknown> }> {
    const { plaintext, protectedHeader } = await compactDecrypt(value, this.#privateKey);
    return { header: { ...protectedHeader }, plaintext: JSON.parse(new TextDecoder().decode(plaintext)) };
  }
}

let serial = 0;

/** A token pair as the server gives it; every one is different. */
export function tokenPair(expiresIn = 3600): { access_token: string; refresh_token: string; expires_in: number } {
  serial += 1;
  return { access_token: `access-${serial}`, refresh_token: `refresh-${serial}`, expires_in: expiresIn };
}

/** The `ClientError` that `work` rejects with; anything else is rethrown. */
export async function failureOf(work: PromiseLike<unknown>): Promise<ClientError> {
  try {
    await work;
  } catch (error) {
    if (isClientError(error)) return error;
    throw error;
  }
  throw new Error('It did not fail.');
}
