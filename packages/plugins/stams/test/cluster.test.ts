/** Two instances on one database: what one changes, the other's devices hear of. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stams } from '@palestra/plugin-stams';
import { team } from '@palestra/plugin-team';
import { describeOnEachDatabase, startTestHost, type TestHost } from '@palestra/server/testing';
import { expect } from 'chai';
import { type Device, type StamsHost, startStamsHost } from './stams-host.js';

describeOnEachDatabase('STAMS of two instances', (fresh) => {
  let folder: string;
  let one: StamsHost;
  let two: TestHost;
  let device: Device;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'palestra-cluster-'));
    const database = await fresh();
    const shared = { database, dataDir: folder, config: { stams: { lastSeenSeconds: 0.3 } } };
    one = await startStamsHost(database, shared);
    two = await startTestHost({ ...shared, plugins: [team, stams] });
  });
  beforeEach(async () => {
    device = await one.device();
  });
  after(async () => {
    await two?.stop();
    await one?.stop();
    rmSync(folder, { recursive: true });
  });

  const onTwo = (method: string, path = '', json?: object, headers = {}) =>
    two.request(method, `/api/v1/stams/self${path}`, { token: device.token, headers, ...(json && { json }) });
  const admin = (method: string, path: string, json?: object) =>
    one.request(method, `/api/v1/${path}`, { token: one.admin.token, ...(json && { json }) });

  it('have one ETag for one list, and hear of a new game within two seconds', async () => {
    await admin('POST', 'add_game', { gameConfigDTO: { name: 'Star Sprint' } });
    await within(2_000, async () => {
      const here = await device.self('GET', '/games');
      const there = await onTwo('GET', '/games');
      return here.headers.get('etag') === there.headers.get('etag') && there.text === here.text;
    });
    const etag = (await onTwo('GET', '/games')).headers.get('etag') ?? '';
    expect((await device.self('GET', '/games', { headers: { 'if-none-match': etag } })).status).to.equal(304);
    await admin('POST', 'add_game', { gameConfigDTO: { name: 'Moon Walk' } });
    const is200 = async () => (await onTwo('GET', '/games', undefined, { 'if-none-match': etag })).status === 200;
    await within(2_000, is200);
  });

  it('lose a revoked token on both, within five seconds', async () => {
    expect((await onTwo('GET')).status).to.equal(200);
    await admin('DELETE', `stams/${device.uid}/token`);
    expect((await device.self('GET')).status, 'where it was revoked').to.equal(401);
    await within(5_000, async () => (await onTwo('GET')).status === 401);
  });

  it('count a result once, whichever instance gets it', async () => {
    const results = Array.from({ length: 20 }, (_, index) => ({ result_uid: `r${index}` }));
    const answers = await Promise.all(
      Array.from({ length: 6 }, (_, index) =>
        index % 2 ? onTwo('POST', '/results', { results }) : device.self('POST', '/results', { json: { results } }),
      ),
    );
    expect(answers.map(({ status }) => status)).to.deep.equal(Array(6).fill(200));
    expect(answers.reduce((sum, { body }) => sum + body.stored, 0)).to.equal(20);
    expect((await admin('GET', `stams/${device.uid}/results`)).body).to.have.length(20);
  });

  it('show a clone, though each device speaks to another instance', async () => {
    await device.self('PUT', '/status', { json: { boot_id: 'the-original' } });
    await onTwo('PUT', '/status', { boot_id: 'the-clone' });
    expect((await onTwo('PUT', '/status', { boot_id: 'the-original' })).status, 'where both were seen').to.equal(401);
    await within(5_000, async () => {
      const { status } = await device.self('PUT', '/status', { json: { boot_id: 'the-original' } });
      return status === 401;
    });
    expect((await admin('GET', `stams/${device.uid}`)).body.stams.cloned).to.be.a('string');
  });
});

/** It holds for all that is asked later; how long an answer takes depends on what else the machine does. */
async function within(milliseconds: number, holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + milliseconds;
  for (let askedAt = Date.now(); !(await holds()); askedAt = Date.now()) {
    if (askedAt > deadline) throw new Error(`It did not come to hold within ${milliseconds} ms.`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
