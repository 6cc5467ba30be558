/** Every operation shows requests and answers that tests have sent and got (`npm run examples`), and that are valid. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { isJsonObject, type OpenApiDocument, type Schema } from '@palestra/core';
import { expect } from 'chai';
import { parse } from 'yaml';
import { type DescribedOperation, operationsOf, resolve } from '../packages/server/src/contract/operations.js';
import { validatorsOf } from '../packages/server/src/contract/validate.js';
import { scrubbed } from '../scripts/examples/scrub.js';
import { repository } from '../scripts/workspace.js';

interface Media {
  readonly schema: Schema;
  readonly example?: unknown;
  readonly examples?: Readonly<Record<string, { readonly value: unknown }>>;
}

const document: OpenApiDocument = parse(readFileSync(join(repository, 'openapi.yaml'), 'utf8'));
const operations = operationsOf(document);

/** What the operation takes, and what it answers where it succeeds, by media type. */
function mediaOf({ id, object }: DescribedOperation): [place: string, media: Media][] {
  const success = Object.entries(object.responses).filter(([status]) => /^2/.test(status));
  return [['request', object.requestBody] as const, ...success].flatMap(([place, value]) => {
    const { content = {} } = resolve<{ content?: Record<string, Media> }>(document, value ?? {});
    return Object.entries(content).map(([type, media]): [string, Media] => [`${id} ${place} ${type}`, media]);
  });
}

const valuesOf = ({ example, examples = {} }: Media): unknown[] => [
  ...(example === undefined ? [] : [example]),
  ...Object.values(examples).map(({ value }) => value),
];

describe('the examples of the contract', () => {
  it('show every body that an operation takes, and every one that it answers with where it succeeds', () => {
    const all = operations.flatMap(mediaOf);
    const without = all.filter(([, media]) => valuesOf(media).length === 0);
    expect(without.map(([place]) => place)).to.deep.equal([]);
    expect(all.map(([place]) => place)).to.include.members([
      'addGymStaff 200 application/json',
      'addGymStaff 201 application/json',
      'register request text/plain',
    ]);
  });

  it('are sealed as the published vectors are', () => {
    const published: { open: { value: string }[] } = JSON.parse(
      readFileSync(join(repository, 'packages/core/vectors/sealed.json'), 'utf8'),
    );
    const values = new Set(published.open.map(({ value }) => value));
    const sealed = operations.filter(({ object }) => object['x-sealed'] !== undefined && object.requestBody);
    const shown = sealed.flatMap((operation) =>
      mediaOf(operation)
        .filter(([place]) => place.includes(' request '))
        .flatMap(([, media]) => valuesOf(media))
        .map((value) => (isJsonObject(value) ? value.sealed : value)),
    );
    expect(shown).to.have.length(3 * sealed.length);
    expect(shown.filter((value) => !values.has(String(value)))).to.deep.equal([]);
  });

  it('are recorded from what the test client sends and is answered', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'palestra-recorded-'));
    const traffic = join(folder, 'traffic.jsonl');
    const program = `
      import { createServer } from 'node:http';
      import { createTestClient } from '@palestra/server/testing';
      const answer = { 'content-type': 'application/json; charset=utf-8' };
      const server = createServer((_, response) => response.writeHead(201, answer).end('{"name":"Żelazo"}'));
      await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
      const client = createTestClient('http://127.0.0.1:' + server.address().port);
      const { body } = await client.request('POST', '/api/gym?find=1', { json: { name: 'Żelazo' } });
      console.log(body.name);
      server.closeAllConnections();
      server.close();`;
    const args = [
      '--conditions=@palestra/source',
      '--import',
      'tsx',
      '--import',
      './scripts/examples/record-traffic.mjs',
    ];
    const { stdout } = await promisify(execFile)(process.execPath, [...args, '--input-type=module', '-e', program], {
      cwd: repository,
      env: { ...process.env, EXAMPLES_TRAFFIC: traffic },
    });
    const exchange = {
      method: 'post',
      path: '/api/gym',
      body: { name: 'Żelazo' },
      status: 201,
      answer: { name: 'Żelazo' },
    };
    expect(stdout).to.equal('Żelazo\n');
    expect(JSON.parse(readFileSync(traffic, 'utf8'))).to.deep.equal(exchange);
    rmSync(folder, { recursive: true });
  });

  it('show each operation of an envelope', () => {
    for (const { id, object } of operations) {
      const privilege = object['x-privilege'];
      if (typeof privilege !== 'object') continue;
      const content = (object.requestBody as { content: Record<string, Media> }).content['application/json'];
      expect(Object.keys(content?.examples ?? {}), id).to.have.members(Object.keys(privilege));
    }
  });

  it('are valid', () => {
    const validators = validatorsOf(document);
    const wrong = operations.flatMap(mediaOf).flatMap(([place, media]) => {
      const validate = validators.schema(media.schema);
      return valuesOf(media).flatMap((value) => (validate(value) ? [] : [{ place, value, errors: validate.errors }]));
    });
    expect(wrong).to.deep.equal([]);
  });

  it('have no secret that was one, and no name that a test made up', () => {
    for (const operation of operations) {
      for (const [place, media] of mediaOf(operation)) {
        for (const value of valuesOf(media)) expect(scrubbed(value, operation.id), place).to.deep.equal(value);
        expect(JSON.stringify(valuesOf(media)), place).to.not.match(/thing \d|127\.0\.0\.1:\d|\/tmp\//);
      }
    }
  });
});
