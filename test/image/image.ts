/** `npm run test:image`: the image is built and run as docs/deployment.md says, by Docker or Podman. */
import { setTimeout as sleep } from 'node:timers/promises';
import { formatAuthorization, formatUserPass, schemes } from '@palestra/core';
import { expect } from 'chai';
import { repository } from '../../scripts/workspace.js';
import { freePort } from '../deploy/program.js';
import { baseImages, type Engine, findEngine } from './engine.js';

const image = 'palestra:test';
/** What compose.yaml gives the server: a file system that it cannot write, no capability, no way to get one. */
const confined = ['--read-only', '--cap-drop', 'all', '--security-opt', 'no-new-privileges'];

describe('the image', function () {
  this.timeout(900_000);
  let engine: Engine;
  const inside = (...command: string[]) =>
    engine.run('run', '--rm', '--network', 'none', '--entrypoint', command[0] ?? '', image, ...command.slice(1));

  before(async () => {
    engine = findEngine();
    const node = await baseImages(engine, '24-bookworm');
    await engine.run('build', ...engine.buildOptions, '--build-arg', `NODE=${node}`, '--tag', image, repository);
  });

  it('holds what serves, and nothing of a developer', async () => {
    const files = (await inside('find', '/app', '-type', 'f')).split('\n').map((file) => file.slice('/app/'.length));
    expect(files).to.include.members([
      'packages/server/assets/docs.js',
      'packages/server/dist/cli/main.js',
      'packages/plugins/team/dist/index.js',
      'palestra.config.js',
      'node_modules/better-sqlite3/build/Release/better_sqlite3.node',
    ]);
    const ours = files.filter((file) => !file.startsWith('node_modules/'));
    expect(ours.filter((file) => /\.(ts|map|test\.js|key|pem)$|\.env|\/test\//.test(file))).to.deep.equal([]);
    const packages = new Set(files.map((file) => /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1]));
    expect([...packages]).to.include.members(['koa', 'mysql2', 'prom-client']);
    for (const name of ['typescript', 'mocha', 'lerna', 'openapi-typescript', '@redocly/openapi-core', 'tsx']) {
      expect(packages, name).not.to.include(name);
    }
  });

  it('runs as a user that is not root and owns nothing of the program', async () => {
    expect(await inside('id', '-u')).to.equal('1000\n');
    expect(await inside('find', '/app', '-writable', '-not', '-type', 'l')).to.equal('');
  });

  it('makes the secrets of compose.yaml', async () => {
    expect(await inside('node', 'deploy/make-secrets.mjs', '/var/lib/palestra/secrets')).to.include('app/database_url');
  });

  describe('on a file system that cannot be written', () => {
    const name = `palestra-test-${process.pid}`;
    const volumes = ['data', 'keys'].flatMap((part) => ['-v', `${name}-${part}:/var/lib/palestra/${part}`]);
    let port: number;
    let password: string;

    before(async () => {
      port = await freePort();
      const environment = ['HOST=127.0.0.1', `PORT=${port}`, 'PALESTRA_DRAIN_DELAY=500'].flatMap((each) => [
        '-e',
        each,
      ]);
      await engine.run(
        'run',
        '-d',
        '--name',
        name,
        '--network',
        'host',
        ...confined,
        ...volumes,
        ...environment,
        image,
      );
      await untilReady();
      const log = await engine.run('logs', name);
      password = /^ +password +(\S+)$/m.exec(log)?.[1] ?? expect.fail(log);
    });
    after(async () => {
      await engine.run('rm', '-f', '-v', name).catch(() => undefined);
      for (const part of ['data', 'keys'])
        await engine.run('volume', 'rm', '-f', `${name}-${part}`).catch(() => undefined);
    });

    async function untilReady(): Promise<void> {
      for (let tries = 0; tries < 200; tries++) {
        const answer = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined);
        if (answer?.status === 200) return;
        await sleep(100);
      }
      throw new Error(await engine.run('logs', name));
    }

    async function signIn(): Promise<number> {
      const authorization = formatAuthorization(schemes.admin, formatUserPass('dba', password));
      return (await fetch(`http://127.0.0.1:${port}/api/auth`, { headers: { authorization } })).status;
    }

    it('serves, and its health check and its doctor find nothing wrong', async () => {
      expect(await signIn()).to.equal(200);
      for (const page of ['/docs', '/docs/docs.js']) {
        expect((await fetch(`http://127.0.0.1:${port}${page}`)).status, page).to.equal(200);
      }
      await engine.run('exec', name, 'node', 'deploy/ready.mjs');
      const findings = await engine.run('exec', name, 'palestra', 'doctor');
      expect(findings).to.include('ok    database: SQLite').and.not.to.include('FAIL');
    });

    it('hears SIGTERM, ends by itself, and serves the same data again', async () => {
      const began = Date.now();
      await engine.run('stop', '-t', '30', name);
      expect(Date.now() - began).to.be.within(400, 15_000);
      expect(await engine.run('inspect', '-f', '{{.State.ExitCode}}', name)).to.equal('0\n');
      await engine.run('start', name);
      await untilReady();
      expect(await signIn()).to.equal(200);
    });
  });
});
