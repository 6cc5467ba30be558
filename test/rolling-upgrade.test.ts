/**
 * A rolling upgrade, as an operator does it: yesterday's packages and today's serve one database while instances are
 * replaced. Until a version is released, yesterday's are today's own, with a plugin that is older.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatAuthorization, formatUserPass, schemes } from '@palestra/core';
import { createTestClient, describeOnEachDatabase, shareSealingKey, type TestClient } from '@palestra/server/testing';
import { expect } from 'chai';
import { openDatabase } from '../packages/server/src/database/connect.js';
import { compile, packForTests, unpack } from '../scripts/pack.js';
import { repository } from '../scripts/workspace.js';

const packages = ['@palestra/core', '@palestra/server', '@palestra/plugin-gym'];
const password = 'test-only-password-of-the-dba';
const column = { table: 'gym_staff', name: 'nickname', column: { type: 'text', length: 50, nullable: true } };
const expand = { name: 'staff_nickname', addColumn: column };
const contract = { name: 'staff_without_nickname', dropColumn: { table: 'gym_staff', name: 'nickname' } };

/** By the name of the project that has it. */
const versions = {
  yesterday: { version: '0.1.0', migrations: [] },
  today: { version: '0.2.0', migrations: [expand] },
  tomorrow: { version: '0.3.0', migrations: [expand, contract] },
  'the day after': { version: '0.4.0', migrations: [expand, { ...contract, compatibleSince: '0.2.0' }] },
} as const;
type Version = keyof typeof versions;

let folder: string;
before(function () {
  this.timeout(300_000);
  folder = mkdtempSync(join(tmpdir(), 'palestra-rolling-'));
  compile();
  const tarballs = packForTests(packages, join(folder, 'packs'));
  for (const [name, { version, migrations }] of Object.entries(versions))
    install(join(folder, name), version, migrations);

  function install(project: string, version: string, migrations: readonly object[]): void {
    mkdirSync(project);
    unpack(tarballs, project);
    linkDependencies(project);
    const config = [
      "import { gym as base } from '@palestra/plugin-gym';",
      `const migrations = [...base.migrations, ...${JSON.stringify(migrations)}];`,
      `export const plugins = [{ ...base, version: '${version}', migrations }];`,
    ];
    writeFileSync(join(project, 'palestra.config.mjs'), config.join('\n'));
  }
});
after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 10 }));

async function signIn(client: TestClient): Promise<string> {
  const authorization = formatAuthorization(schemes.admin, formatUserPass('dba', password));
  const { body } = await client.request('GET', '/api/auth', { headers: { authorization } });
  return body.data.access_token;
}

/** Those of others: the packages find them as in a project where they were installed. */
function linkDependencies(project: string): void {
  const installed = join(repository, 'node_modules');
  for (const name of readdirSync(installed).filter((each) => each !== '@palestra' && !each.startsWith('.'))) {
    symlinkSync(join(installed, name), join(project, 'node_modules', name));
  }
}

describeOnEachDatabase('a rolling upgrade', (fresh) => {
  let settings: NodeJS.ProcessEnv;
  const running: ChildProcess[] = [];

  before(async () => {
    const dataDir = mkdtempSync(join(folder, 'data-'));
    await shareSealingKey(dataDir);
    const database = { DATABASE_URL: await fresh(), PALESTRA_DATA_DIR: dataDir, PALESTRA_DBA_PASSWORD: password };
    settings = { PATH: process.env.PATH, ...database, PORT: '0', PALESTRA_LOG_LEVEL: 'error' };
  });
  after(() => {
    for (const child of running) child.kill('SIGKILL');
  });

  const cli = (version: Version) => join(folder, version, 'node_modules/@palestra/server/bin/palestra.mjs');

  /** This process goes on meanwhile, and so notices that a server has closed a connection that it had kept. */
  async function palestra(version: Version, ...words: string[]) {
    const child = spawn(process.execPath, [cli(version), ...words], { cwd: join(folder, version), env: settings });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        said += text;
      });
    }
    const [status] = await once(child, 'close');
    return { status, said };
  }

  async function serve(version: Version) {
    const child = spawn(process.execPath, [cli(version), 'serve'], {
      cwd: join(folder, version),
      env: settings,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    running.push(child);
    let said = '';
    child.stderr.on('data', (bytes) => {
      said += String(bytes);
    });
    for await (const bytes of child.stdout) {
      said += String(bytes);
      if (said.includes('Docs:')) break;
    }
    const url = /http:\S+/.exec(said)?.[0];
    if (url === undefined) throw new Error(`${version} does not serve: ${said}`);
    const client = createTestClient(url);
    const token = await signIn(client);
    return {
      async create(name: string) {
        const json = { operation: 'create', data: { name } };
        expect((await client.request('POST', '/api/gym', { token, json })).status).to.equal(201);
      },
      async names(): Promise<string[]> {
        const { body } = await client.request('GET', '/api/gym?find=0', { token });
        return body.data.map((gym: { name: string }) => gym.name).sort();
      },
      async end(signal: NodeJS.Signals) {
        const exited = once(child, 'exit');
        child.kill(signal);
        await exited;
      },
    };
  }

  /** A column of the resource itself, which yesterday's version has no field for. */
  async function growAsTomorrow(): Promise<void> {
    const database = await openDatabase({ url: settings.DATABASE_URL ?? '' });
    await database.knex.schema.alterTable('gym', (table) => void table.text('motto'));
    const entry = { plugin: 'gym', name: 'gym_motto', checksum: '', applied_at: 0, compatible_since: '0.0.0' };
    await database.knex('palestra_migration').insert(entry);
    await database.close();
  }

  it('serves by both versions after a step that expands, also by the older one started again', async () => {
    const old = await serve('yesterday');
    await old.create('a');
    const young = await serve('today');
    await young.create('b');
    await old.create('c');
    for (const each of [old, young]) expect(await each.names()).to.deep.equal(['a', 'b', 'c']);
    await old.end('SIGTERM');
    await growAsTomorrow();
    const again = await serve('yesterday');
    await again.create('d');
    expect(await young.names()).to.deep.equal(['a', 'b', 'c', 'd']);
    await Promise.all([again, young].map((each) => each.end('SIGTERM')));
  }).timeout(120_000);

  it('refuses a step that contracts while the version before runs, and not after it', async () => {
    const old = await serve('today');
    const check = await palestra('tomorrow', 'upgrade', '--check');
    expect(check.status).to.equal(1);
    expect(check.said).to.contain('would run gym/staff_without_nickname (not beside an older version)');
    expect(check.said).to.match(/^refused now: Migration gym\/staff_without_nickname .* \S+:\d+ \(gym 0\.2\.0\)/m);
    for (const command of ['serve', 'migrate']) {
      const refused = await palestra('tomorrow', command);
      expect(refused.status, refused.said).to.equal(1);
      expect(refused.said).to.match(/removes or tightens what instances of an older version still use: \S+:\d+ \(gym/);
    }
    await old.create('e');

    // Where yesterday's code is said not to use it any more, it may go.
    const named = await palestra('the day after', 'upgrade', '--check');
    expect(named.said).to.contain('would run gym/staff_without_nickname (not beside gym before 0.2.0)');
    expect(named.said).not.to.contain('refused now');
    await old.end('SIGTERM');

    const young = await serve('tomorrow');
    expect(await young.names()).to.include('e');
    const back = await palestra('today', 'serve');
    expect(back.status).to.equal(1);
    expect(back.said).to.contain('A newer version of gym has been here');
    await young.end('SIGTERM');
  }).timeout(120_000);
});
