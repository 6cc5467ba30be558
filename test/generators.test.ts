/** Generators that strangers use make clients of `openapi.yaml` that compile, and one of them buys a ticket. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { createClient as generateByHeyApi } from '@hey-api/openapi-ts';
import { createClient } from '@palestra/client';
import { gym } from '@palestra/plugin-gym';
import { merchandise } from '@palestra/plugin-merchandise';
import { transaction } from '@palestra/plugin-transaction';
import { startTestHost } from '@palestra/server/testing';
import { expect } from 'chai';
import { build } from 'esbuild';
import openapiTypescript, { astToString } from 'openapi-typescript';
import { generate as generateByOrval } from 'orval';
import { generateApi as generateBySwaggerTypescriptApi } from 'swagger-typescript-api';
import { parse } from 'yaml';
import { type CompilerOptions, complaintsOf } from '../scripts/testing/type-check.js';
import { repository } from '../scripts/workspace.js';

const document = parse(readFileSync(join(repository, 'openapi.yaml'), 'utf8'));

const options: CompilerOptions = {
  strict: true,
  skipLibCheck: true,
  target: 'es2022',
  module: 'esnext',
  moduleResolution: 'bundler',
  lib: ['es2022', 'dom', 'dom.iterable'],
  types: ['node'],
};

describe('clients by generators', function () {
  this.timeout(120_000);
  let folder: string;
  const at = (name: string) => join(folder, name);

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'palestra-generators-'));
    writeFileSync(at('openapi.json'), JSON.stringify(document));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  /** By name; each gives the files that a program imports. */
  const generators: Readonly<Record<string, () => Promise<readonly string[]>>> = {
    async 'openapi-typescript'() {
      writeFileSync(at('openapi-typescript.ts'), astToString(await openapiTypescript(document)));
      return [at('openapi-typescript.ts')];
    },
    async 'hey-api'() {
      const plugins = ['@hey-api/client-fetch', '@hey-api/typescript', '@hey-api/sdk'] as const;
      const output = { path: at('hey-api') };
      await generateByHeyApi({ input: at('openapi.json'), output, plugins: [...plugins], logs: { level: 'silent' } });
      cpSync(fileURLToPath(new URL('generators/ticket.ts', import.meta.url)), at('ticket.ts'));
      return [at('ticket.ts')];
    },
    async orval() {
      mkdirSync(at('orval'));
      const output = { target: at('orval/index.ts'), schemas: at('orval/model'), client: 'fetch' } as const;
      await generateByOrval({ input: { target: at('openapi.json') }, output }, folder);
      return [at('orval/index.ts')];
    },
    async 'swagger-typescript-api'() {
      const output = { output: at('swagger-typescript-api'), fileName: 'index.ts', httpClientType: 'fetch' } as const;
      await generateBySwaggerTypescriptApi({ input: at('openapi.json'), ...output, silent: true });
      return [at('swagger-typescript-api/index.ts')];
    },
  };

  for (const [name, generate] of Object.entries(generators)) {
    it(`${name} makes one that compiles`, async () => {
      expect(await complaintsOf(await generate(), options)).to.deep.equal([]);
    });
  }

  it('the one by hey-api registers, signs in and buys a ticket', async () => {
    const host = await startTestHost({
      plugins: [gym, merchandise, transaction],
      config: { transaction: { sandbox: true } },
    });
    try {
      const owner = createClient({ baseUrl: host.url });
      const { username, password } = await host.account('operator');
      await owner.auth.signIn({ username, password });
      const iron = await owner.gym.create({ name: 'Iron' });
      const price = { amount: 9_900, currency: 'EUR' };
      await owner.merchandise.create({ name: 'Ten visits', type: 2, gym: iron._id, price, count: 10, stock: 1 });
      const bundle = { bundle: true, platform: 'node', format: 'esm', outfile: at('ticket.mjs') } as const;
      await build({ entryPoints: [at('ticket.ts')], ...bundle });
      const { buyTicket } = await import(pathToFileURL(at('ticket.mjs')).href);
      expect(await buyTicket(host.url)).to.equal('success 10; 403');
    } finally {
      await host.stop();
    }
  });
});
