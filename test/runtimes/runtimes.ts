/**
 * `npm run test:runtimes`: the packed client on runtimes out of npm, each against a real server. They are downloaded into
 * a temporary folder; `test/client-consumer.test.ts` has what needs no download.
 */
import { execFile, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import ts from 'typescript';
import { freePort } from '../deploy/program.js';
import { bundled, type Project, seen, startProject } from './project.js';

const run = promisify(execFile);

/** With the versions that were tried. */
const packages = ['workerd@1.20261117.1', 'deno@2.9.6', 'bun@1.4.5', 'jest@30.5.2', 'hermes-engine-cli@0.12.0'];
const nodes = ['20', '22', '24'];

describe('the client runs', function () {
  this.timeout(900_000);
  let project: Project;
  let tools: string;
  const bin = (name: string) => join(tools, 'node_modules/.bin', name);
  const { PATH, HOME } = process.env;
  /** In the project, with its server's address. */
  const inProject = async (program: string, args: readonly string[]) => {
    const env = { PATH, HOME, PALESTRA_URL: project.host.url, NO_COLOR: '1' };
    const { stdout, stderr } = await run(program, args, { cwd: project.folder, env });
    return { stdout: stdout.trim(), stderr };
  };

  before(async () => {
    tools = mkdtempSync(join(tmpdir(), 'palestra-runtimes-'));
    writeFileSync(join(tools, 'package.json'), '{}');
    await run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', ...packages], { cwd: tools });
    project = await startProject();
    writeFileSync(join(project.folder, 'package.json'), '{ "dependencies": { "@palestra/client": "*" } }');
  });
  after(async () => {
    await project?.stop();
    rmSync(tools, { recursive: true, force: true });
  });

  for (const major of nodes) {
    for (const program of ['imports.mjs', 'requires.cjs', 'node-transport.mjs']) {
      it(`on Node ${major}, ${program}`, async () => {
        expect((await inProject('npx', ['-y', '-p', `node@${major}`, 'node', program])).stdout).to.equal(seen);
      });
    }
  }

  for (const program of ['imports.mjs', 'node-transport.mjs']) {
    it(`on Deno, ${program}`, async () => {
      const args = ['run', '--allow-all', '--no-lock', '--node-modules-dir=manual', program];
      expect((await inProject(bin('deno'), args)).stdout).to.equal(seen);
    });
  }

  for (const program of ['imports.mjs', 'requires.cjs', 'node-transport.mjs']) {
    it(`on Bun, ${program}`, async () => {
      expect((await inProject(bin('bun'), [program])).stdout).to.equal(seen);
    });
  }

  // Before 2024-11-11 workerd has no cache mode of a request; before 2022 hardly anything of today.
  for (const date of ['2023-05-18', '2026-11-01']) {
    it(`on workerd (Cloudflare Workers), compatibility date ${date}`, async () => {
      const contents = `import * as client from '@palestra/client';
        import { story } from './story.cjs';
        export default { fetch: async (_, env) => new Response(await story(client, env.PALESTRA_URL)) };`;
      const code = await bundled(project.folder, contents, { format: 'esm', platform: 'neutral', target: 'es2022' });
      expect(await answerOfWorker(bin('workerd'), code, date, project)).to.equal(seen);
    });
  }

  it('in Jest', async () => {
    const test = `const client = require('@palestra/client');
      const { story } = require('./story.cjs');
      test('story', async () => expect(await story(client, process.env.PALESTRA_URL)).toBe(${JSON.stringify(seen)}));`;
    writeFileSync(join(project.folder, 'story.test.cjs'), test);
    const args = ['--rootDir', project.folder, '--testMatch', '**/story.test.cjs'];
    expect((await inProject(bin('jest'), args)).stderr).to.include('1 passed');
  });

  it('in Hermes: what it encrypts, the server opens', async () => {
    const sent = await sentByHermes(join(tools, 'node_modules/hermes-engine-cli/linux64-bin/hermes'), project);
    const { url, init } = JSON.parse(sent);
    const response = await fetch(url, init);
    expect(response.status, await response.text()).to.equal(201);
  });
});

async function answerOfWorker(workerd: string, code: string, date: string, { folder, host }: Project): Promise<string> {
  const port = await freePort();
  writeFileSync(join(folder, 'worker.js'), code);
  const config = `using Workerd = import "/workerd/workerd.capnp";
    const config :Workerd.Config = (
      services = [(name = "main", worker = .main), (name = "internet", network = (allow = ["public", "private"]))],
      sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")]
    );
    const main :Workerd.Worker = (
      modules = [(name = "worker.js", esModule = embed "worker.js")],
      compatibilityDate = "${date}",
      bindings = [(name = "PALESTRA_URL", text = "${host.url}")],
    );`;
  writeFileSync(join(folder, 'worker.capnp'), config);
  const child = spawn(workerd, ['serve', 'worker.capnp'], { cwd: folder, stdio: 'inherit' });
  try {
    for (let attempt = 0; ; attempt++) {
      const answer = await fetch(`http://127.0.0.1:${port}/`).catch(() => undefined);
      if (answer) return await answer.text();
      if (attempt === 100) throw new Error('workerd does not answer');
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  } finally {
    child.kill();
  }
}

/**
 * The request of a registration, made in Hermes. Its command line has neither network nor time (a timer runs at
 * once): the server's key is given to it, and what it would send is printed. Hermes takes ES5 and some of ES2015, as React Native's own preset makes it.
 */
async function sentByHermes(hermes: string, { folder, host }: Project): Promise<string> {
  expect(existsSync(hermes)).to.equal(true);
  const key = await (await fetch(`${host.url}/api/gpk`)).text();
  const random = Array.from(crypto.getRandomValues(new Uint8Array(1_024)));
  const contents = `import { createClient } from '@palestra/client';
    import { portableCrypto } from '@palestra/client/portable';
    const random = ${JSON.stringify(random)};
    const answer = (text) => ({ status: 200, headers: { get: () => null }, text: () => Promise.resolve(text) });
    const transport = (url, init) => {
      if (url.endsWith('/api/gpk')) return Promise.resolve(answer(${JSON.stringify(key)}));
      print(JSON.stringify({ url, init }));
      return Promise.resolve(answer('{"success":true,"data":{"access_token":"a","expires_in":60},"exceptionMessage":""}'));
    };
    const clock = { now: () => Date.now(), monotonic: () => Date.now(), schedule: () => () => {} };
    const crypto = portableCrypto((length) => Uint8Array.from(random.splice(0, length)));
    const client = createClient({ baseUrl: '${host.url}', transport, crypto, clock });
    client.auth.register({ username: 'from-hermes', password: 'a long enough password: ключ' }).catch((e) => print(e));`;
  const code = await bundled(folder, contents, { format: 'iife', platform: 'neutral', target: 'es2018' });
  const { outputText } = ts.transpileModule(code, {
    compilerOptions: { target: ts.ScriptTarget.ES5, downlevelIteration: true, ignoreDeprecations: '6.0' },
  });
  writeFileSync(join(folder, 'hermes.js'), outputText);
  const { stdout } = await run(hermes, ['-O', '-Xes6-promise', join(folder, 'hermes.js')]);
  return stdout.trim();
}
