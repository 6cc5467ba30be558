/** What the tests of identity share: ways to sign in over HTTP, and a clock that can be moved. */
import { formatAuthorization, formatUserPass, schemes } from '@palestra/core';
import type { Answer, TestClient } from '@palestra/server/testing';

export interface TokenPair {
  readonly token_type: string;
  readonly access_token: string;
  readonly refresh_token: string;
  readonly expires_in: number;
}

export interface MovableClock {
  now(): number;
  advance(milliseconds: number): void;
}

export function createClock(): MovableClock {
  let offset = 0;
  return {
    now: () => Date.now() + offset,
    advance(milliseconds) {
      offset += milliseconds;
    },
  };
}

/** Names that no other test has. */
let names = 0;
export function uniqueName(prefix = 'user'): string {
  names += 1;
  return `${prefix}-${process.pid}-${names}`;
}

export async function register(host: TestClient, plaintext: object): Promise<Answer> {
  return host.request('POST', '/api/register', { json: { sealed: await host.seal(plaintext) } });
}

export async function signIn(host: TestClient, username: string, password: string): Promise<Answer> {
  const authorization = formatAuthorization(schemes.user, await host.seal({ username, password }));
  return host.request('GET', '/api/auth', { headers: { authorization } });
}

export function signInAsAdmin(host: TestClient, username: string, password: string): Promise<Answer> {
  const authorization = formatAuthorization(schemes.admin, formatUserPass(username, password));
  return host.request('GET', '/api/auth', { headers: { authorization } });
}

export function clubLogin(host: TestClient, username: string, password: string): Promise<Answer> {
  const authorization = formatAuthorization(schemes.basic, formatUserPass(username, password));
  return host.request('GET', `/api/v1/login/${encodeURIComponent(username)}`, { headers: { authorization } });
}

export function refresh(host: TestClient, refresh_token: string, refresh_key?: string): Promise<Answer> {
  return host.request('POST', '/api/refresh', { json: { refresh_token, refresh_key } });
}

export function logout(host: TestClient, refresh_token: string): Promise<Answer> {
  return host.request('POST', '/api/logout', { json: { refresh_token } });
}

/** A registered user with its pair of tokens. */
export async function member(
  host: TestClient,
  username: string = uniqueName(),
): Promise<TokenPair & { username: string }> {
  const answer = await register(host, { username, password: 'password of a member' });
  if (answer.status !== 201) throw new Error(`Registering ${username} answered ${answer.text}`);
  return { ...(answer.body.data as TokenPair), username };
}

export const memberPassword = 'password of a member';

/** The status of a call that any valid token may make. */
export async function statusOf(host: TestClient, token: string): Promise<number> {
  return (await host.request('GET', '/api/profile', { token })).status;
}

export function claimsOf(token: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
}
