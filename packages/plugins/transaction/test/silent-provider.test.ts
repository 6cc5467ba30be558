/** `palestra serve` that is told to end while WeChat Pay answers nothing: callers are answered, and the process ends in time. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { gym } from '@palestra/plugin-gym';
import { merchandise } from '@palestra/plugin-merchandise';
import { createTestClient, startTestHost } from '@palestra/server/testing';
import { expect } from 'chai';
import { compile } from '../../../../scripts/pack.js';
import { transaction } from '../src/index.js';
import { FakeWechatPay } from './support/wechat-pay.js';

const bin = fileURLToPath(new URL('../../../server/bin/palestra.mjs', import.meta.url));
const plugins = { gym, merchandise, transaction };
const built = (plugin: string) => new URL(`../../${plugin}/dist/index.js`, import.meta.url).href;
/** What a supervisor gives a process between SIGTERM and SIGKILL. */
const endsWithinMs = 10_000;

describe('a server whose payment provider never answers', function () {
  this.timeout(60_000);
  const wechat = new FakeWechatPay();
  let folder: string;
  let child: ChildProcess | undefined;

  before(async function () {
    this.timeout(120_000);
    compile();
    await wechat.start();
    folder = await mkdtemp(join(tmpdir(), 'palestra-silent-provider-'));
  });
  after(async () => {
    child?.kill('SIGKILL');
    await wechat.stop();
    await rm(folder, { recursive: true, force: true, maxRetries: 10 });
  });

  it('ends within 10 s of SIGTERM, with an answer to every purchase under way', async () => {
    const config = { transaction: { wechat: wechat.config(), reconcileSeconds: 1, pendingSeconds: 1 } };
    const database = `sqlite:${join(folder, 'shop.sqlite')}`;
    const dataDir = join(folder, 'data');
    const shop = { plugins: Object.values(plugins), config, database, dataDir, background: false };
    const host = await startTestHost(shop);
    const admin = await host.account('admin');
    const { token } = await host.account();
    const made = async (path: string, data: object) =>
      (await host.operate(path, admin.token, 'create', data)).body.data._id;
    const price = { amount: 100, currency: 'CNY' };
    const at = await made('/api/gym', { name: 'Iron' });
    const merchandiseId = await made('/api/merchandise', { name: 'Card', type: 2, gym: at, price, count: 5 });
    const order = { token, json: { merchandiseId, paymentMethod: 'wechat' } };
    expect((await host.request('POST', '/api/perform_transaction', order)).status).to.equal(201);
    // The reconciler of the server asks about it at once.
    await host.palestra.database().knex('transaction_record').update({ check_at: 1, pending_until: 1 });
    await host.stop();

    wechat.trouble = { kind: 'stall' };
    wechat.calls.length = 0;
    await writeFile(join(folder, 'palestra.config.mjs'), configFile(config));
    child = start({ folder, database, dataDir });
    const server = createTestClient(await served(child));
    const underWay = Array.from({ length: 5 }, () => server.request('POST', '/api/perform_transaction', order));
    const arrived = (path: RegExp) => wechat.calls.filter((call) => path.test(call)).length;
    while (arrived(/out-trade-no/) === 0 || arrived(/app$/) < underWay.length) await sleep(20);

    const begun = performance.now();
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).to.deep.equal([0, null]);
    expect(performance.now() - begun).to.be.below(endsWithinMs);
    for (const answer of await Promise.all(underWay)) {
      expect([answer.status, answer.headers.get('retry-after')], answer.text).to.deep.equal([503, '5']);
    }
  });
});

function configFile(config: object): string {
  const names = Object.keys(plugins);
  const imports = names.map((name) => `import { ${name} } from '${built(name)}';\n`).join('');
  return `${imports}export const plugins = [${names}];\nexport const config = ${JSON.stringify(config)};\n`;
}

function start({ folder, database, dataDir }: Record<'folder' | 'database' | 'dataDir', string>): ChildProcess {
  return spawn(process.execPath, [bin, 'serve'], {
    cwd: folder,
    env: {
      PATH: process.env.PATH,
      DATABASE_URL: database,
      PALESTRA_DATA_DIR: dataDir,
      PALESTRA_LOG_LEVEL: 'silent',
      PORT: '0',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

async function served(child: ChildProcess): Promise<string> {
  let said = '';
  for await (const bytes of child.stdout ?? []) {
    said += String(bytes);
    if (said.includes('Docs:')) break;
  }
  const [url] = /http:\/\/[^/\s]+/.exec(said) ?? [];
  if (url === undefined) throw new Error(`It does not serve: ${said}`);
  return url;
}
