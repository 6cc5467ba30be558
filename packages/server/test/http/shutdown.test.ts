/** The end of a server: what is under way is answered, who holds a connection does not hold the server. */
import { once } from 'node:events';
import { Agent, request as httpRequest } from 'node:http';
import { gym } from '@palestra/plugin-gym';
import { startTestHost, type TestHost } from '@palestra/server/testing';
import { expect } from 'chai';
import { itTimed } from '../../../../test/setup/timed.js';
import { open } from './raw.js';

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
}

describe('a server that ends', () => {
  let host: TestHost;
  let token: string;
  let hold: Promise<void> | undefined;
  let underWay: number;

  beforeEach(async () => {
    hold = undefined;
    underWay = 0;
    host = await startTestHost({
      plugins: [gym],
      intercept: (sql, phase) => {
        if (phase !== 'before' || !/insert into `gym`/i.test(sql)) return undefined;
        underWay += 1;
        return hold;
      },
    });
    token = (await host.account('admin')).token;
  });

  const create = (agent: Agent): Promise<{ status: number; connection: string | undefined }> =>
    new Promise((resolve, reject) => {
      const body = '{"operation":"create","data":{"name":"Iron"}}';
      const headers = {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        'content-length': body.length,
      };
      const outgoing = httpRequest(`${host.url}/api/gym`, { agent, method: 'POST', headers }, (incoming) => {
        incoming.resume();
        incoming.once('end', () =>
          resolve({ status: incoming.statusCode ?? 0, connection: incoming.headers.connection }),
        );
      });
      outgoing.once('error', reject);
      outgoing.end(body);
    });

  itTimed('answers what is under way, and takes nothing new', async function () {
    // Its bound cannot be wider: after 1.6 s the host ends every connection.
    this.retries(4);
    let release: () => void = () => undefined;
    hold = new Promise((resolve) => {
      release = resolve;
    });
    const agent = new Agent({ keepAlive: true });
    const answer = create(agent);
    await until(() => underWay > 0);
    const begun = performance.now();
    const stopped = host.stop();
    const late = open(host.url);
    const [refused] = await Promise.all([once(late, 'error'), new Promise((resolve) => setTimeout(resolve, 200))]);
    expect((refused[0] as NodeJS.ErrnoException).code).to.equal('ECONNREFUSED');
    release();
    expect((await answer).status).to.equal(201);
    await stopped;
    expect(performance.now() - begun, 'with a connection that the client would keep').to.be.lessThan(1_500);
    agent.destroy();
  });

  it('says that it is about to, while it goes on serving', async () => {
    const balanced = await startTestHost({ plugins: [gym], drainDelay: 500 });
    expect((await balanced.request('GET', '/readyz')).status).to.equal(200);
    const stopped = balanced.stop();
    expect((await balanced.request('GET', '/readyz')).status).to.equal(503);
    expect((await balanced.request('GET', '/livez')).status).to.equal(200);
    expect((await balanced.request('GET', '/api/discovery/gym')).status).to.equal(200);
    await stopped;
    await host.stop();
  });

  itTimed('does not wait for a connection that says nothing, nor longer than it was told', async () => {
    let release: () => void = () => undefined;
    hold = new Promise((resolve) => {
      release = resolve;
    });
    const agent = new Agent({ keepAlive: true });
    const idle = open(host.url);
    await once(idle, 'connect');
    idle.on('error', () => undefined);
    idle.resume();
    const answer = create(agent).catch((error: NodeJS.ErrnoException) => error.code);
    await until(() => underWay > 0);
    const begun = performance.now();
    const stopped = host.stop();
    expect(await answer).to.equal('ECONNRESET');
    expect(performance.now() - begun)
      .to.be.greaterThan(1_000)
      .and.lessThan(10_000);
    agent.destroy();
    // Or the statement would keep the process of the test alive.
    release();
    await stopped;
  });

  it('loses no request of clients that keep their connections and stop when they are told to', async function () {
    const long = process.env.PALESTRA_TEST_LONG === 'on';
    this.timeout(long ? 300_000 : 60_000);
    await host.stop();
    for (const clients of long ? [16, 128, 16, 128, 16, 128, 16, 128, 16, 128] : [16, 64]) {
      for (let round = 0; round < (long ? 4 : 1); round += 1) {
        const { answered, lost } = await stopUnder(clients);
        expect(answered).to.be.greaterThan(clients);
        expect(lost, `of ${answered}, with ${clients} clients`).to.deep.equal([]);
      }
    }
    host = await startTestHost({ plugins: [gym] });
    await host.stop();
  });

  /** Clients send back to back on kept connections until an answer says `Connection: close`, as behind a balancer. */
  async function stopUnder(clients: number): Promise<{ answered: number; lost: string[] }> {
    const serving = await startTestHost({ plugins: [gym], idleGrace: 1_000, drainDelay: 100 });
    const lost: string[] = [];
    let answered = 0;
    const client = async () => {
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      for (let told = false; !told; ) {
        const { connection, error } = await ask(serving.url, agent);
        if (error === undefined) answered += 1;
        else lost.push(error);
        told = error !== undefined || connection === 'close';
      }
      agent.destroy();
    };
    const running = Array.from({ length: clients }, client);
    await until(() => answered > clients);
    await Promise.all([serving.stop(), ...running]);
    return { answered, lost };
  }

  const ask = (url: string, agent: Agent): Promise<{ connection?: string | undefined; error?: string }> =>
    new Promise((resolve) => {
      const outgoing = httpRequest(`${url}/api/discovery/gym`, { agent }, (incoming) => {
        incoming.resume();
        incoming.once('end', () => resolve({ connection: incoming.headers.connection }));
        incoming.once('error', (error: NodeJS.ErrnoException) => resolve({ error: error.code ?? error.message }));
      });
      outgoing.once('error', (error: NodeJS.ErrnoException) => resolve({ error: error.code ?? error.message }));
      outgoing.end();
    });
});
