/** Writes of a caller whom the embedding app knows by a cookie: taken from its own pages and from those it names. */
import { gym } from '@palestra/plugin-gym';
import { startTestHost, type TestHost, type TestHostOptions } from '@palestra/server/testing';
import { expect } from 'chai';

const publicUrl = 'https://club.example';
const app = 'https://app.club.example';
const named = { origins: [app] };

type Sender = Readonly<Record<string, string>>;

describe('a write by the cookie of an embedding app', () => {
  const hosts: TestHost[] = [];
  after(async () => {
    for (const host of hosts) await host.stop();
  });

  async function open(options: Partial<TestHostOptions>): Promise<(sender: Sender) => Promise<number>> {
    const identify: NonNullable<TestHostOptions['identify']> = (ctx) =>
      ctx.get('cookie') === 'session=ada' ? { subject: 'ada', username: 'ada', role: 'operator' } : undefined;
    const host = await startTestHost({ plugins: [gym], identify, ...options });
    hosts.push(host);
    let made = 0;
    return async (sender) => {
      made += 1;
      const json = { operation: 'create', data: { name: `Gym ${made}` } };
      const headers = { cookie: 'session=ada', ...sender };
      const { status } = await host.request('POST', '/api/gym', { headers, json });
      // What changes nothing is answered to any site: the browser does not show it to a page of another one.
      expect((await host.request('GET', '/api/gym', { headers })).status).to.equal(200);
      return status;
    };
  }

  it('is told by Origin where nothing else is: the public URL and the named origins, scheme and port included', async () => {
    const send = await open({ publicUrl, cors: named });
    const senders: readonly (readonly [sender: Sender, status: number])[] = [
      [{ origin: publicUrl }, 201],
      [{ origin: app }, 201],
      [{ origin: 'http://club.example' }, 403],
      [{ origin: 'https://club.example:8443' }, 403],
      [{ origin: 'https://club.example.evil.example' }, 403],
      [{ origin: 'https://forum.club.example' }, 403],
      [{ origin: 'http://app.club.example' }, 403],
      [{ origin: 'null' }, 403],
      [{ origin: '' }, 403],
      [{}, 201],
    ];
    for (const [sender, status] of senders) expect(await send(sender), JSON.stringify(sender)).to.equal(status);
  });

  it('from a named origin is taken although the browser calls it same-site or cross-site, and from no other', async () => {
    const send = await open({ publicUrl, cors: named });
    for (const site of ['same-site', 'cross-site']) {
      expect(await send({ 'sec-fetch-site': site, origin: app }), site).to.equal(201);
      expect(await send({ 'sec-fetch-site': site, origin: 'https://forum.club.example' }), site).to.equal(403);
      expect(await send({ 'sec-fetch-site': site }), site).to.equal(403);
    }
    expect(await send({ 'sec-fetch-site': 'same-origin', origin: publicUrl })).to.equal(201);
  });

  it('is told by the host it was sent to where neither is configured', async () => {
    const send = await open({});
    const host = new URL(hosts.at(-1)?.url ?? '').host;
    for (const [origin, status] of [
      [`http://${host}`, 201],
      [publicUrl, 403],
      [app, 403],
    ] as const) {
      expect(await send({ origin }), origin).to.equal(status);
    }
  });

  it('with a token is taken from everywhere: no browser adds one by itself', async () => {
    const send = await open({ publicUrl });
    const token = (await hosts.at(-1)?.account('operator'))?.token;
    expect(await send({ authorization: `Bearer ${token}`, cookie: '', origin: 'https://evil.example' })).to.equal(201);
  });
});
