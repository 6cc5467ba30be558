/** The root `openapi.yaml`, the running host and the client say the same, each way round. */
import { readFileSync } from 'node:fs';
import { httpMethods, type OpenApiDocument } from '@palestra/core';
import { createPalestra } from '@palestra/server';
import { startTestHost } from '@palestra/server/testing';
import { expect } from 'chai';
import { parse } from 'yaml';
import { plugins } from '../palestra.config.js';

const committed = parse(readFileSync(new URL('../openapi.yaml', import.meta.url), 'utf8')) as OpenApiDocument;
const places = Object.entries(committed.paths).flatMap(([path, item]) =>
  httpMethods.flatMap((method) => (item[method] ? [{ method, path, operation: item[method] }] : [])),
);

describe('the contract', () => {
  it('is what the host of palestra.config.js composes', () => {
    expect(createPalestra({ plugins }).openapi()).to.deep.equal(committed);
  });

  it('guards every operation', () => {
    for (const { method, path, operation } of places) {
      const guarded = operation['x-privilege'] !== undefined;
      expect(guarded, `${method} ${path}`).to.not.equal(operation['x-public'] === true);
    }
  });

  it('describes every operation that answers, and every one it describes answers', async () => {
    const host = await startTestHost({ plugins });
    try {
      const served = (await host.request('GET', '/openapi.json')).body;
      expect(served.paths).to.deep.equal(committed.paths);
      for (const { method, path } of places) {
        const { status, body } = await host.request(method.toUpperCase(), path.replaceAll(/\{[^}]+\}/g, '1'));
        expect([404, 405].includes(status) && body?.exceptionType === 'NotFoundError', `${method} ${path}`).to.equal(
          false,
        );
        expect(status, `${method} ${path}`).to.be.lessThan(500);
      }
      const strangers = ['/api/gyms', '/api/gym/1/2', '/api/v1/nothing', '/api', '/api/v1', '/'];
      for (const path of strangers) expect((await host.request('GET', path)).status, path).to.equal(404);
    } finally {
      await host.stop();
    }
  });
});
