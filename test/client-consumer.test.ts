/**
 * A project of somebody else, which has `@palestra/client` and `@palestra/core` out of their tarballs and nothing else: it
 * compiles in every resolution of TypeScript, and runs on Node by `import` and by `require`, in a browser, and over React
 * Native's fetch. `npm run test:runtimes` has what must be downloaded first.
 */
import { execFile } from 'node:child_process';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createContext, runInContext } from 'node:vm';
import { expect } from 'chai';
import { build } from 'esbuild';
import { demandChromium, launchChromium } from '../examples/pwa/test/support/chromium.js';
import { type CompilerOptions, complaintsOf, typescript6 } from '../scripts/testing/type-check.js';
import { manifestOf } from '../scripts/workspace.js';
import { bundled, type Project, pageOrigin, seen, startProject } from './runtimes/project.js';
import { XmlHttpRequest } from './runtimes/xml-http-request.js';

const run = promisify(execFile);
const file = (path: string) => fileURLToPath(new URL(path, import.meta.url));
/** The page has no address, since the test answers for it; Chromium takes it for one outside the local network. */
const notLocal = '--disable-features=LocalNetworkAccessChecks,BlockInsecurePrivateNetworkRequests';

const strict: CompilerOptions = {
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  // Our declarations are checked, TypeScript's own are not.
  skipLibCheck: false,
  target: 'es2023',
  module: 'nodenext',
  lib: ['es2023'],
  types: [],
};
const declarations: CompilerOptions = { noEmit: false, declaration: true, emitDeclarationOnly: true };

/** How programs resolve packages, with the extension of the program's file. */
const resolutions: Readonly<Record<string, [extension: string, options: CompilerOptions, version?: string]>> = {
  'nodenext from ESM': ['mts', { module: 'nodenext' }],
  'nodenext from CommonJS': ['cts', { module: 'nodenext' }],
  bundler: ['ts', { module: 'esnext', moduleResolution: 'bundler' }],
  node10: ['ts', { module: 'commonjs', moduleResolution: 'node10', ignoreDeprecations: '6.0' }, typescript6],
};

/** What every browser has and the client may use; no `process`, no `Buffer`, no `require`. */
function browserWorld(more: object = {}): object {
  const { fetch, crypto, TextEncoder, AbortController, setTimeout, clearTimeout, atob, btoa } = globalThis;
  return createContext({ fetch, crypto, TextEncoder, AbortController, setTimeout, clearTimeout, atob, btoa, ...more });
}

const app = `import * as client from '@palestra/client';
  import { story } from './story.cjs';
  export default (url) => story(client, url);`;

describe('a project outside this clone', function () {
  this.timeout(300_000);

  let project: Project;
  let folder: string;
  let url: string;

  before(async () => {
    project = await startProject();
    folder = project.folder;
    url = project.host.url;
    cpSync(file('../packages/client-sdk/test/consumer/bare.ts'), join(folder, 'app.mts'));
  });
  after(() => project?.stop());

  it('has nothing else to install', () => {
    const dependenciesOf = (name: string) => Object.keys(manifestOf(folder, `node_modules/${name}`).dependencies ?? {});
    expect(dependenciesOf('@palestra/client')).to.deep.equal(['@palestra/core']);
    expect(dependenciesOf('@palestra/core')).to.deep.equal([]);
  });

  it('compiles without lib.dom and @types/node, and so does a program that uses its declarations', async () => {
    expect(await complaintsOf([join(folder, 'app.mts')], { ...strict, ...declarations })).to.deep.equal([]);
    expect(await complaintsOf([join(folder, 'app.d.mts')], strict)).to.deep.equal([]);
  });

  for (const [name, [extension, options, version]] of Object.entries(resolutions)) {
    it(`compiles by the resolution ${name}, every entry`, async () => {
      const program = join(folder, `resolution-${name.replaceAll(' ', '-')}.${extension}`);
      writeFileSync(
        program,
        `import { createClient, type Gym } from '@palestra/client';
         import { portableCrypto } from '@palestra/client/portable';
         import { nodeTransport } from '@palestra/client/node';
         import { weapp, type Wx } from '@palestra/client/weapp';
         export const one = createClient({ baseUrl: '', crypto: portableCrypto() });
         export const node = createClient({ baseUrl: '', transport: nodeTransport({ agent: {} }) });
         export const two = (wx: Wx) => createClient({ baseUrl: '', ...weapp(wx) });
         export const gym = async (): Promise<Gym> => one.gym.get('1');
         // @ts-expect-error it is no number
         export const wrong = async (): Promise<number> => one.gym.get('1');`,
      );
      expect(await complaintsOf([program], { ...strict, ...options }, version)).to.deep.equal([]);
    });
  }

  for (const program of ['imports.mjs', 'requires.cjs', 'node-transport.mjs']) {
    it(`runs ${program} on Node ${process.version}`, async () => {
      const { PATH, HOME } = process.env;
      const env = { PATH, HOME, PALESTRA_URL: url };
      const { stdout } = await run(process.execPath, [program], { cwd: folder, env });
      expect(stdout.trim()).to.equal(seen);
    });
  }

  it('is CommonJS where it is required, as Jest needs it', async () => {
    for (const entry of ['', '/portable', '/weapp', '/cookies', '/node', '/testing']) {
      const { stdout } = await run(process.execPath, ['-p', `require.resolve('@palestra/client${entry}')`], {
        cwd: folder,
      });
      expect(stdout).to.include('/dist/cjs/');
      expect(readFileSync(stdout.trim(), 'utf8'))
        .to.include('exports.')
        .and.not.match(/^(import|export) /m);
    }
  });

  it('runs in a world that has what a browser has and nothing of Node', async () => {
    const { outputFiles, metafile } = await build({
      stdin: { contents: app, resolveDir: folder },
      bundle: true,
      minify: true,
      format: 'iife',
      globalName: 'app',
      platform: 'browser',
      metafile: true,
      write: false,
    });
    expect(Object.keys(metafile.inputs).filter((path) => !/@palestra\/|story\.cjs|<stdin>/.test(path))).to.deep.equal(
      [],
    );
    const world = browserWorld();
    runInContext(outputFiles[0]?.text ?? '', world);
    expect(runInContext('typeof process + typeof Buffer + typeof require', world)).to.equal('undefined'.repeat(3));
    expect(await runInContext(`app.default(${JSON.stringify(url)})`, world)).to.equal(seen);
  });

  it("runs over the fetch of React Native, which is whatwg-fetch, and without WebCrypto's subtle", async () => {
    const getRandomValues = crypto.getRandomValues.bind(crypto);
    const missing = { fetch: undefined, TextEncoder: undefined, atob: undefined, btoa: undefined };
    const world = browserWorld({ ...missing, XMLHttpRequest: XmlHttpRequest, crypto: { getRandomValues } });
    runInContext(readFileSync(createRequire(import.meta.url).resolve('whatwg-fetch'), 'utf8'), world);
    expect(runInContext('fetch.polyfill', world)).to.equal(true);
    runInContext(await bundled(folder, app, { format: 'iife', globalName: 'app', platform: 'neutral' }), world);
    expect(await runInContext(`app.default(${JSON.stringify(url)})`, world)).to.equal(seen);
  });

  it('runs in Chromium on an http origin that is not localhost, where there is no crypto.subtle', async function () {
    const program = demandChromium(this);
    const code = await bundled(folder, app, { format: 'iife', globalName: 'app', platform: 'browser' });
    const browser = await launchChromium(program, ['--host-resolver-rules=MAP *.gym.test 127.0.0.1', notLocal]);
    try {
      const page = await browser.newPage();
      const body = '<!doctype html><title>A phone on the LAN</title>';
      await page.route(`${pageOrigin}/`, (route) => route.fulfill({ contentType: 'text/html', body }));
      await page.goto(`${pageOrigin}/`);
      expect(await page.evaluate('isSecureContext || typeof crypto.subtle')).to.equal('undefined');
      await page.addScriptTag({ content: code });
      const { port } = new URL(url);
      expect(await page.evaluate(`app.default('http://api.gym.test:${port}')`)).to.equal(seen);
    } finally {
      await browser.close();
    }
  });
});
