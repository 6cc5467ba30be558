/** How long a body may be, to the byte, whether its length is announced or not. */
import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { catalogue } from '@palestra/core';
import { gym } from '@palestra/plugin-gym';
import { startTestHost, type TestHost } from '@palestra/server/testing';
import { expect } from 'chai';
import type { Exchange } from '../../src/steps/exchange.js';
import { readBody } from '../../src/steps/read-body.js';
import { send } from './raw.js';

/** The first body in another charset waits until koa-body is loaded. */
const loading = { quietMs: 20_000 };
const body = '{"operation":"query","data":{}}';

describe('a body', () => {
  let host: TestHost;
  let token: string;

  before(async () => {
    host = await startTestHost({ plugins: [gym] });
    token = (await host.account('admin')).token;
  });
  after(() => host.stop());

  const post = (headers: string, payload: string) =>
    `POST /api/gym HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/json\r\n${headers}\r\n\r\n${payload}`;
  const chunked = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n0\r\n\r\n`;

  const limit = 65_536;
  for (const [bytes, status] of [
    [limit - 1, 200],
    [limit, 200],
    [limit + 1, 413],
    [70_000, 413],
  ] as const) {
    it(`of ${bytes} bytes of JSON is ${status}, announced or not`, async () => {
      const text = body.padEnd(bytes);
      expect((await send(host.url, post(`Content-Length: ${bytes}`, text))).status).to.equal(status);
      expect((await send(host.url, post('Transfer-Encoding: chunked', chunked(text)))).status).to.equal(status);
    });

    for (const type of ['text/plain', 'text/plain; charset=iso-8859-1']) {
      it(`of ${bytes} bytes of ${type} is ${status === 413 ? 413 : 'read'}, announced or not`, async () => {
        const head = `POST /api/register HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: ${type}`;
        const text = 'A'.repeat(bytes);
        const said = await send(host.url, `${head}\r\nContent-Length: ${bytes}\r\n\r\n${text}`, loading);
        const unsaid = await send(host.url, `${head}\r\nTransfer-Encoding: chunked\r\n\r\n${chunked(text)}`, loading);
        // Within the limit it is read, and found to be no sealed value.
        const expected = status === 413 ? 413 : 401;
        expect([said.status, unsaid.status]).to.deep.equal([expected, expected]);
      });
    }
  }

  it('whose client goes away before it is read has ended early: no fault of the server', async () => {
    const req = new IncomingMessage(new Socket());
    Object.assign(req.headers, { 'content-length': '10', 'content-type': 'application/json' });
    req.destroy();
    const operation = { body: { required: true, mediaTypes: ['application/json'], limit } };
    const exchange = { ctx: { req, request: {} }, operation } as unknown as Exchange;
    const error = await readBody(exchange).catch((thrown: unknown) => thrown);
    expect(error).to.have.property('fact', catalogue.invalidRequest);
  });
});
