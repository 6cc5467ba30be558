/** The root `openapi.yaml`, the running host and the client say the same, each way round. */
import { readFileSync } from 'node:fs';
import { familyOf, httpMethods, type OpenApiDocument } from '@palestra/core';
import { createPalestra } from '@palestra/server';
import { startTestHost } from '@palestra/server/testing';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import spectralCore, { type RulesetDefinition } from '@stoplight/spectral-core';
import rulesets from '@stoplight/spectral-rulesets';
import { expect } from 'chai';
import { parse } from 'yaml';
import { plugins } from '../palestra.config.js';
import { codesOf, errorFacts } from '../scripts/error-codes.js';

const { Spectral } = spectralCore;
const text = readFileSync(new URL('../openapi.yaml', import.meta.url), 'utf8');
const committed: OpenApiDocument = parse(text);
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

  describe('of errors', () => {
    const facts = new Map(errorFacts().map((fact) => [fact.code, fact]));

    it('names codes of the catalogue, under the status that they have', () => {
      for (const { path, operation } of places) {
        for (const [status, response] of Object.entries(operation.responses)) {
          for (const code of codesOf(committed, [response])) {
            const fact = facts.get(code);
            const expected = String((familyOf(path) === 'club' && fact?.clubStatus) || fact?.status);
            expect(status === 'default' ? 'default' : expected, `${operation.operationId} ${code}`).to.equal(status);
          }
        }
      }
    });

    it('names every code of the catalogue at some operation, but those of no operation', () => {
      const named = new Set(places.flatMap(({ operation }) => codesOf(committed, Object.values(operation.responses))));
      const unnamed = [...facts.keys()].filter((code) => !named.has(code));
      expect(unnamed).to.deep.equal(['method_not_allowed']);
    });

    it('says of each failure which codes it has', () => {
      for (const { operation } of places) {
        const failures = Object.entries(operation.responses).filter(([status]) => !/^[23]/.test(status));
        const uncoded = failures.filter(([, response]) => codesOf(committed, [response]).length === 0);
        expect(uncoded.map(([status]) => `${operation.operationId} ${status}`)).to.deep.equal([]);
      }
    });
  });

  describe('for tools', function () {
    this.timeout(60_000);

    it("keeps Redocly's recommended rules", async () => {
      const config = await createConfig({ extends: ['recommended'] });
      const problems = await lintFromString({ source: text, absoluteRef: 'openapi.yaml', config });
      expect(problems.map(({ ruleId, message, location }) => [ruleId, message, location[0]?.pointer])).to.deep.equal(
        [],
      );
    });

    it("keeps Spectral's rules for OpenAPI", async () => {
      const spectral = new Spectral();
      spectral.setRuleset({ extends: [rulesets.oas as RulesetDefinition] });
      const problems = await spectral.run(parse(text));
      expect(problems.map(({ code, message, path }) => [code, message, path.join('/')])).to.deep.equal([]);
    });
  });
});
