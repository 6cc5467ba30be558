/** `docs/sdk.md` is one program: it compiles in an app's project and prints what it says, against a real server. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createClient } from '@palestra/client';
import { gym } from '@palestra/plugin-gym';
import { merchandise } from '@palestra/plugin-merchandise';
import { stams } from '@palestra/plugin-stams';
import { team } from '@palestra/plugin-team';
import { transaction } from '@palestra/plugin-transaction';
import { startTestHost, type TestHost } from '@palestra/server/testing';
import { expect } from 'chai';
import { blocksOf } from '../scripts/follow-guide.js';
import { compile, packForTests, unpack } from '../scripts/pack.js';
import { type CompilerOptions, complaintsOf } from '../scripts/testing/type-check.js';
import { repository } from '../scripts/workspace.js';

const run = promisify(execFile);

const guide = blocksOf(readFileSync(join(repository, 'docs/sdk.md'), 'utf8'))
  .filter(({ kind }) => kind === 'ts')
  .map(({ text }) => text)
  .join('\n');

/** The text after the arrow of one `console.log`, for each time it runs. */
const promised = [...guide.matchAll(/\/\/ (→ .*)$/gm)].flatMap(([, arrows = '']) => arrows.slice(2).split(' → '));

/** What the page of a browser has beside Node's own. */
const page = `
  const items = new Map();
  globalThis.localStorage = {
    getItem: (key) => items.get(key) ?? null,
    setItem: (key, value) => void items.set(key, value),
    removeItem: (key) => void items.delete(key),
  };
`;

const options: CompilerOptions = {
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  skipLibCheck: true,
  target: 'es2023',
  module: 'nodenext',
  lib: ['es2023', 'dom', 'dom.iterable'],
  types: ['node'],
  noEmit: false,
};

async function furnish(host: TestHost): Promise<void> {
  const client = createClient({ baseUrl: host.url });
  const owner = { username: 'iron-temple', password: 'only the gym knows it' };
  await client.auth.register(owner);
  const admin = createClient({ baseUrl: host.url });
  await admin.auth.signInAdmin(await host.account('system_admin'));
  await admin.admin.grant({ username: owner.username, role: 'operator' });
  await client.auth.signIn(owner);
  const { _id } = await client.gym.create({ name: 'Iron Temple', geoLocation: [13.055, 47.8095] });
  await client.gym.create({ name: 'Oak Hall', geoLocation: [13.085, 47.8095] });
  await client.gym.create({ name: 'Silk Studio', geoLocation: [16.37, 48.2] });
  const price = { amount: 9_900, currency: 'EUR' };
  await client.merchandise.create({ name: 'Ten visits', type: 2, gym: _id, price, count: 10, stock: 5 });
  await admin.club.countries.create({ name: 'Austria' });
}

describe('the guide to the client', function () {
  this.timeout(180_000);

  let project: string;
  let host: TestHost;

  before(async () => {
    project = mkdtempSync(join(tmpdir(), 'palestra-sdk-guide-'));
    compile('packages/client-sdk');
    unpack(packForTests(['@palestra/core', '@palestra/client'], join(project, 'packs')), project);
    host = await startTestHost({ plugins: [gym, merchandise, transaction, team, stams] });
    await furnish(host);
  });
  after(async () => {
    await host?.stop();
    rmSync(project, { recursive: true, force: true });
  });

  it('compiles as an app would', async () => {
    writeFileSync(join(project, 'app.mts'), guide.replaceAll('https://gym.example', host.url));
    expect(await complaintsOf([join(project, 'app.mts')], options)).to.deep.equal([]);
  });

  it('prints what it says', async () => {
    writeFileSync(join(project, 'page.mjs'), page);
    const { stdout } = await run(process.execPath, ['--import', './page.mjs', 'app.mjs'], { cwd: project });
    expect(promised.length).to.be.above(20);
    expect(stdout.trimEnd().split('\n')).to.deep.equal(promised);
  });
});
