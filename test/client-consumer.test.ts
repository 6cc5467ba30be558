/**
 * A stranger's project, which has `@palestra/client` and `@palestra/core` out of their tarballs and nothing else: it
 * compiles, runs on Node by `import` and by `require`, and in a browser's world from a bundle. `npm run test:runtimes`
 * does it on Node 20, 22 and 24.
 */
import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createContext, runInContext } from 'node:vm';
import { gym } from '@palestra/plugin-gym';
import { startTestHost, type TestHost } from '@palestra/server/testing';
import { expect } from 'chai';
import { build } from 'esbuild';
import ts from 'typescript';
import { compile, packForTests, unpack } from '../scripts/pack.js';
import { manifestOf } from '../scripts/workspace.js';

const run = promisify(execFile);
const file = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Majors of Node that `npx` fetches; none: the Node that runs the tests. */
const majors = process.env.PALESTRA_TEST_NODES?.split(',') ?? [];
const runtimes = majors.length === 0 ? [undefined] : majors;

const strict: ts.CompilerOptions = {
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  skipLibCheck: false,
  declaration: true,
  emitDeclarationOnly: true,
  target: ts.ScriptTarget.ES2023,
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  lib: ['lib.es2023.d.ts'],
  types: [],
};

function complaints(path: string, options: ts.CompilerOptions = {}): string[] {
  const program = ts.createProgram([path], { ...strict, ...options });
  const { diagnostics } = program.emit();
  return [...ts.getPreEmitDiagnostics(program), ...diagnostics].map(
    (each) => `${each.file?.fileName}: ${ts.flattenDiagnosticMessageText(each.messageText, '\n')}`,
  );
}

/** What every browser has and the client may use; no `process`, no `Buffer`, no `require`. */
function browserWorld(): object {
  const { fetch, crypto, TextEncoder, AbortController, setTimeout, clearTimeout, atob, btoa } = globalThis;
  return createContext({ fetch, crypto, TextEncoder, AbortController, setTimeout, clearTimeout, atob, btoa });
}

describe("a stranger's project", function () {
  this.timeout(300_000);

  let project: string;
  let host: TestHost;

  before(async () => {
    project = mkdtempSync(join(tmpdir(), 'palestra-consumer-'));
    compile('packages/client-sdk', 'packages/client-sdk/tsconfig.cjs.json');
    unpack(packForTests(['@palestra/core', '@palestra/client'], join(project, 'packs')), project);
    cpSync(file('consumer'), project, { recursive: true });
    cpSync(file('../packages/client-sdk/test/consumer/bare.ts'), join(project, 'app.mts'));
    host = await startTestHost({ plugins: [gym] });
    const { token } = await host.account('admin');
    for (const name of ['Iron', 'Oak', 'Silk']) await host.operate('/api/gym', token, 'create', { name });
  });
  after(async () => {
    await host?.stop();
    rmSync(project, { recursive: true, force: true });
  });

  const seen = 'player; Iron, Oak, Silk; permission_denied';

  it('has nothing else to install', () => {
    const dependenciesOf = (name: string) =>
      Object.keys(manifestOf(project, `node_modules/${name}`).dependencies ?? {});
    expect(dependenciesOf('@palestra/client')).to.deep.equal(['@palestra/core']);
    expect(dependenciesOf('@palestra/core')).to.deep.equal([]);
  });

  it('compiles without lib.dom and @types/node, and so do users of its declarations', () => {
    expect(complaints(join(project, 'app.mts'))).to.deep.equal([]);
    expect(complaints(join(project, 'app.d.mts'), { emitDeclarationOnly: false, noEmit: true })).to.deep.equal([]);
  });

  for (const major of runtimes) {
    for (const program of ['imports.mjs', 'requires.cjs']) {
      it(`runs ${program} on Node ${major ?? process.version}`, async () => {
        const [command, args]: [string, string[]] =
          major === undefined ? [process.execPath, []] : ['npx', ['-y', '-p', `node@${major}`, 'node']];
        const { PATH, HOME } = process.env;
        const { stdout } = await run(command, [...args, program], {
          cwd: project,
          env: { PATH, HOME, PALESTRA_URL: host.url },
        });
        expect(stdout.trim()).to.equal(seen);
      });
    }
  }

  it('runs in a world that has what a browser has and nothing of Node', async () => {
    const { outputFiles, metafile } = await build({
      stdin: {
        contents: `import * as client from '@palestra/client';
          import { story } from './story.cjs';
          export default (url) => story(client, url);`,
        resolveDir: project,
      },
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
    expect(await runInContext(`app.default(${JSON.stringify(host.url)})`, world)).to.equal(seen);
  });
});
