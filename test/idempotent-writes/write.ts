/** The writes of the composed document, each as a request that can be sent again under its `Idempotency-Key`. */
import { randomUUID } from 'node:crypto';
import type { OpenApiDocument } from '@palestra/core';
import type { Answer, TestClient } from '@palestra/server/testing';
import { cellOf, type MatrixRow, matrixRows, type PrincipalName, principals } from '../../scripts/authorization.js';
import { requestOf } from '../authorization/request.js';
import type { World } from '../authorization/world.js';

/** One request under one key, however often it is sent. */
export interface Write {
  readonly answers: number | undefined;
  /** @throws Error `ECONNRESET` if the reply does not come */
  send(server: Pick<TestClient, 'request'>): Promise<Answer>;
  /** The connection is closed so many milliseconds after the request was sent, whatever the server does with it. */
  sendAndLeave(url: string, milliseconds: number): Promise<void>;
}

export function writeRows(document: OpenApiDocument): MatrixRow[] {
  return matrixRows(document).filter(({ operation: { method } }) => !['get', 'head'].includes(method));
}

export async function writeOf(world: World, row: MatrixRow): Promise<Write> {
  const { method, path, options, sample } = await requestOf(world, row, callerOf(row));
  const headers = { ...options.headers, 'idempotency-key': randomUUID() };
  return {
    answers: sample.answers,
    send: (server) => server.request(method, path, { ...options, headers }),
    async sendAndLeave(url, milliseconds) {
      const { token, json } = options;
      await fetch(url + path, {
        method,
        headers: {
          ...headers,
          ...(token !== undefined && { authorization: `Bearer ${token}` }),
          ...(json !== undefined && { 'content-type': 'application/json' }),
        },
        ...(json !== undefined && { body: JSON.stringify(json) }),
        signal: AbortSignal.timeout(Math.round(milliseconds)),
      }).catch(() => undefined);
    },
  };
}

/** Somebody whom the matrix lets in. */
function callerOf(row: MatrixRow): { principal: PrincipalName; whose: 'own' | 'other' } {
  const callers = (['other', 'own'] as const).flatMap((whose) => principals.map((principal) => ({ principal, whose })));
  const caller = callers.find(({ principal, whose }) => cellOf(row, principal, whose) === 'yes');
  if (!caller) throw new Error(`The matrix lets nobody call ${row.key}.`);
  return caller;
}

/** Sends until the request is answered: not while another server executes it, nor while the database is busy. */
export async function answerOf(write: Write, server: TestClient, freeLeases: () => Promise<void>): Promise<Answer> {
  for (;;) {
    const answer = await write.send(server);
    if (answer.headers.get('retry-after') === null || answer.status === write.answers) return answer;
    await freeLeases();
  }
}
