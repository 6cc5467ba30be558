/** What is kept of a STAMS that was seen, in whichever order its requests come, and through whichever instance. */
import { describeOnEachDatabase } from '@palestra/server/testing';
import { expect } from 'chai';
import { createPresence, type Presence } from '../src/devices/presence.js';
import { createStatusStore } from '../src/devices/status-store.js';
import { type StamsHost, startStamsHost } from './stams-host.js';

describeOnEachDatabase('the presence of a STAMS', (fresh) => {
  const at = Date.parse('2030-01-01T12:00:00Z');
  let host: StamsHost;
  let uid: number;
  let one: Presence;
  let two: Presence;
  before(async () => {
    host = await startStamsHost(await fresh());
  });
  beforeEach(async () => {
    ({ uid } = await host.device());
    // Of an instance each; `stop` writes at once what is left.
    [one, two] = [instance(), instance()];
  });
  after(() => host.stop());

  const instance = () =>
    createPresence({
      store: createStatusStore(host.palestra.database()),
      clock: { now: () => at },
      log: { warn: (...args: unknown[]) => expect.fail(String(args)) },
      intervalMs: 60_000,
    });
  const kept = async (presence: Presence) => {
    const { lastSeen, status } = await presence.of(uid);
    return { lastSeen: (lastSeen ?? 0) - at, status };
  };
  const keptByAll = async () => {
    const all = [await kept(one), await kept(two), await kept(instance())];
    for (const each of all) expect(each).to.deep.equal(all[0]);
    return all[0];
  };

  it('has the later of two statuses that were received in one millisecond, though the first is written', async () => {
    one.seen(uid, at, { uptime: 1 });
    await one.stop();
    one.seen(uid, at, { uptime: 2 });
    expect(await kept(one)).to.deep.equal({ lastSeen: 0, status: { uptime: 2 } });
    await one.stop();
    expect(await keptByAll()).to.deep.equal({ lastSeen: 0, status: { uptime: 2 } });
  });

  it('has a status of before the latest poll, though another instance wrote that poll first', async () => {
    one.seen(uid, at, { uptime: 1 });
    two.seen(uid, at + 100);
    await two.stop();
    expect(await kept(one)).to.deep.equal({ lastSeen: 100, status: { uptime: 1 } });
    await one.stop();
    expect(await keptByAll()).to.deep.equal({ lastSeen: 100, status: { uptime: 1 } });
  });

  it('has the later status, whichever instance writes first, and whichever request comes here first', async () => {
    one.seen(uid, at + 100, { uptime: 2 });
    one.seen(uid, at + 50, { uptime: 1 });
    two.seen(uid, at + 20, { uptime: 0 });
    expect(await kept(one)).to.deep.equal({ lastSeen: 100, status: { uptime: 2 } });
    await one.stop();
    await two.stop();
    expect(await keptByAll()).to.deep.equal({ lastSeen: 100, status: { uptime: 2 } });
  });

  it('has the status of a request that comes here after a later poll', async () => {
    one.seen(uid, at + 100);
    one.seen(uid, at, { uptime: 1 });
    await one.stop();
    expect(await keptByAll()).to.deep.equal({ lastSeen: 100, status: { uptime: 1 } });
  });

  it('keeps a status that polls follow', async () => {
    one.seen(uid, at, { uptime: 1 });
    await one.stop();
    one.seen(uid, at + 100);
    await one.stop();
    expect(await keptByAll()).to.deep.equal({ lastSeen: 100, status: { uptime: 1 } });
  });
});
