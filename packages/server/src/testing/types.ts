/** A server under test, and a client of it. */
import type { Role } from '@palestra/core';
import type { Palestra } from '../host/options.js';

export interface Account {
  readonly id: number;
  readonly username: string;
  readonly password: string;
  /** Access token. */
  readonly token: string;
}

export interface Answer {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Parsed, where it is JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: a test reads what it expects
  readonly body: any;
}

/** A server somewhere, maybe in another process. */
export interface TestClient {
  readonly url: string;
  /** A request as any HTTP client would send it; `json` is sent as the body. */
  request(method: string, path: string, options?: RequestOptions): Promise<Answer>;
  /** One RSA-OAEP-256 block for the key of `GET /api/gpk`. */
  seal(plaintext: unknown): Promise<string>;
}

export interface TestHost extends TestClient {
  readonly palestra: Palestra;
  readonly dataDir: string;
  /** `{"operation", "data"}` by POST. */
  operate(path: string, token: string | undefined, operation: string, data: unknown): Promise<Answer>;
  /** Makes an account of `role`, `player` by default, that has signed in. */
  account(role?: Role): Promise<Account>;
  stop(): Promise<void>;
}

export interface RequestOptions {
  readonly token?: string | undefined;
  readonly json?: unknown;
  readonly body?: string | Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}
