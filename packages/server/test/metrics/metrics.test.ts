/** `GET /metrics`: what Prometheus reads, for whom it is meant, at a price that no request notices. */
import { gym } from '@palestra/plugin-gym';
import { startTestHost, type TestHost, type TestHostOptions } from '@palestra/server/testing';
import { expect } from 'chai';
import { itTimed } from '../../../../test/setup/timed.js';
import { RequestTimes } from '../../src/metrics/request-times.js';
import { scrape } from './scrape.js';

describe('metrics', () => {
  const hosts: TestHost[] = [];
  const start = async (options: Partial<TestHostOptions> = {}): Promise<TestHost> => {
    const host = await startTestHost({ plugins: [gym], ...options });
    hosts.push(host);
    return host;
  };
  afterEach(async () => {
    for (const host of hosts.splice(0)) await host.stop();
  });

  it('counts requests by operation and class of status, and times them', async () => {
    const host = await start();
    await host.request('GET', '/api/gpk');
    await host.request('GET', '/api/gpk');
    await host.request('GET', '/api/gym');
    await host.request('GET', '/api/nothing');
    const found = await scrape(host);
    expect(found.get('palestra_request_seconds_count{operation="getServerKey",status="2xx"}')).to.equal(2);
    expect(found.get('palestra_request_seconds_count{operation="listGyms",status="4xx"}')).to.equal(1);
    const le = (bound: string) =>
      found.get(`palestra_request_seconds_bucket{le="${bound}",operation="getServerKey",status="2xx"}`);
    expect(le('+Inf')).to.equal(2);
    expect(le('10')).to.equal(2);
    const sum = found.get('palestra_request_seconds_sum{operation="getServerKey",status="2xx"}');
    expect(sum).to.be.greaterThan(0).and.lessThan(2);
    expect([...found.keys()].filter((key) => key.includes('nothing'))).to.deep.equal([]);
  });

  it('tells of the process, the event loop, connections and repeated transactions', async () => {
    const host = await start();
    const found = await scrape(host);
    for (const name of [
      'process_cpu_seconds_total',
      'process_resident_memory_bytes',
      'nodejs_eventloop_lag_p99_seconds',
      'palestra_database_connections{state="used"}',
      'palestra_database_connections{state="waiting"}',
      'palestra_requests_in_flight',
      'palestra_unit_retries_total',
    ]) {
      expect(found.has(name), name).to.equal(true);
    }
    expect(found.get('palestra_requests_in_flight')).to.equal(0);
  });

  it('forgets a stream that is read, given up, or only asked for its head', async () => {
    const host = await start();
    const { token } = await host.account('system_admin');
    await host.request('GET', '/api/admin/audit', { token });
    await host.request('HEAD', '/api/admin/audit', { token });
    const aborting = new AbortController();
    const given = fetch(`${host.url}/api/admin/audit`, {
      headers: { authorization: `Bearer ${token}` },
      signal: aborting.signal,
    }).catch(() => undefined);
    aborting.abort();
    await given;
    let inFlight = 1;
    for (let tries = 0; tries < 50 && inFlight > 0; tries++) {
      inFlight = (await scrape(host)).get('palestra_requests_in_flight') ?? 1;
    }
    expect(inFlight).to.equal(0);
  });

  it('counts a transaction that was begun again', async () => {
    let deadlocks = 2;
    const host = await start({
      intercept: (sql, phase) => {
        if (phase !== 'before' || !/update `gym`/i.test(sql) || deadlocks === 0) return;
        deadlocks -= 1;
        throw Object.assign(new Error('deadlock'), { errno: 1213 });
      },
    });
    const { token } = await host.account('admin');
    const { _id } = (await host.operate('/api/gym', token, 'create', { name: 'Iron' })).body.data;
    expect((await host.operate('/api/gym', token, 'update', { _id, name: 'Steel' })).status).to.equal(200);
    expect((await scrape(host)).get('palestra_unit_retries_total')).to.equal(2);
  });

  it('asks for its secret, where it has one', async () => {
    const host = await start({ metrics: { bearer: 'scraper-secret' } });
    const ask = (authorization?: string) =>
      host.request('GET', '/metrics', authorization === undefined ? {} : { headers: { authorization } });
    for (const wrong of [undefined, 'Bearer', 'Bearer scraper-secre', 'Basic scraper-secret', 'scraper-secret']) {
      const answer = await ask(wrong);
      expect(answer.status, wrong).to.equal(401);
      expect(answer.headers.get('www-authenticate')).to.match(/^Bearer/);
    }
    expect((await ask('Bearer scraper-secret')).status).to.equal(200);
  });

  it('is not there where it is switched off, and in production unless it is switched on', async () => {
    expect((await (await start({ metrics: false })).request('GET', '/metrics')).status).to.equal(404);
    const before = process.env.NODE_ENV;
    process.env.NODE_ENV = 'production';
    try {
      expect((await (await start()).request('GET', '/metrics')).status).to.equal(404);
      expect((await (await start({ metrics: true })).request('GET', '/metrics')).status).to.equal(200);
    } finally {
      if (before === undefined) delete process.env.NODE_ENV;
      else process.env.NODE_ENV = before;
    }
  });

  itTimed('costs a request less than a microsecond', () => {
    const times = new RequestTimes();
    const operations = Array.from({ length: 50 }, (_, at) => `operation${at}`);
    const runs = 200_000;
    const round = (): number => {
      const begun = performance.now();
      for (let at = 0; at < runs; at++) times.record(operations[at % 50] ?? '', 200, (performance.now() % 7) / 1000);
      return ((performance.now() - begun) * 1000) / runs;
    };
    // The best of up to 50: a shared machine only ever makes it slower.
    let best = Infinity;
    for (let tries = 0; tries < 50 && best >= 1; tries++) best = Math.min(best, round());
    expect(best).to.be.lessThan(1);
  });
});
