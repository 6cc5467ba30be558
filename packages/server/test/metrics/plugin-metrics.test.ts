/** `scope.metrics`: a plugin's counters, gauges and histograms on the same page as the host's. */
import type { ContractFragment } from '@palestra/core';
import { signInAdmin, startTestHost, type TestHost, type TestHostOptions } from '@palestra/server/testing';
import { expect } from 'chai';
import type { PluginMetrics } from '../../src/plugin/metrics.js';
import type { AnyPlugin, Plugin } from '../../src/plugin/plugin.js';

const nothing: ContractFragment = { paths: {} };

function plugin(name: string, useMetrics: (metrics: PluginMetrics) => void): AnyPlugin {
  const made: Plugin<{ operations: object }> = {
    name,
    version: '1.2.3',
    host: '^1.0.0',
    contract: nothing,
    setup({ metrics }) {
      useMetrics(metrics);
      return { handlers: {} };
    },
  };
  return made;
}

describe('metrics of plugins', () => {
  const hosts: TestHost[] = [];
  const start = async (plugins: readonly AnyPlugin[], options: Partial<TestHostOptions> = {}): Promise<TestHost> => {
    const host = await startTestHost({ plugins, ...options });
    hosts.push(host);
    return host;
  };
  afterEach(async () => {
    for (const host of hosts.splice(0)) await host.stop();
  });
  const scrape = async (host: TestHost, prefix: string): Promise<string[]> => {
    const { text } = await host.request('GET', '/metrics');
    return text.split('\n').filter((line) => line.includes(prefix));
  };

  it('are on the page with the name of the plugin, from the first scrape and later', async () => {
    let given: PluginMetrics | undefined;
    const host = await start([
      plugin('north-gate', (metrics) => {
        given = metrics;
        const doors = metrics.counter({ name: 'opened_total', help: 'Doors opened.', labels: ['door', 'way'] });
        doors.increment({ door: 'a "quoted"', way: 'in' });
        doors.add(2.5, { door: 'b', way: 'in' });
        doors.increment({ way: 'in', door: 'b' });
        metrics.counter({ name: 'broken_total', help: 'Never yet.' });
        metrics.gauge({ name: 'inside', help: 'People inside.' }).set(17);
        const waited = metrics.histogram({ name: 'wait_seconds', help: 'Waiting.', buckets: [1, 10] });
        for (const seconds of [0.5, 1, 2, 99]) waited.observe(seconds);
      }),
    ]);
    expect(await scrape(host, 'palestra_north_gate')).to.deep.equal([
      '# HELP palestra_north_gate_opened_total Doors opened.',
      '# TYPE palestra_north_gate_opened_total counter',
      'palestra_north_gate_opened_total{door="a \\"quoted\\"",way="in"} 1',
      'palestra_north_gate_opened_total{door="b",way="in"} 3.5',
      '# HELP palestra_north_gate_broken_total Never yet.',
      '# TYPE palestra_north_gate_broken_total counter',
      'palestra_north_gate_broken_total 0',
      '# HELP palestra_north_gate_inside People inside.',
      '# TYPE palestra_north_gate_inside gauge',
      'palestra_north_gate_inside 17',
      '# HELP palestra_north_gate_wait_seconds Waiting.',
      '# TYPE palestra_north_gate_wait_seconds histogram',
      'palestra_north_gate_wait_seconds_bucket{le="1"} 2',
      'palestra_north_gate_wait_seconds_bucket{le="10"} 3',
      'palestra_north_gate_wait_seconds_bucket{le="+Inf"} 4',
      'palestra_north_gate_wait_seconds_sum 102.5',
      'palestra_north_gate_wait_seconds_count 4',
    ]);
    given?.counter({ name: 'late_total', help: 'Asked for after the first scrape.' }).increment();
    expect(await scrape(host, 'late_total ')).to.include('palestra_north_gate_late_total 1');
  });

  it('are read when the page is asked for, and left out where that fails or takes too long', async () => {
    let length = 3;
    let fails = false;
    let hanging: Promise<void> | undefined;
    const host = await start([
      plugin('gate', (metrics) => {
        metrics.observableGauge({ name: 'queue', help: 'Waiting.', labels: ['way'] }, async (observe) => {
          observe(length, { way: 'in' });
          if (fails) throw new Error('out of order');
          observe(0, { way: 'out' });
        });
        metrics.observableGauge({ name: 'silent', help: 'Observes nothing.' }, () => {});
        metrics.observableGauge({ name: 'hangs', help: 'Never ends.' }, async (observe) => {
          await hanging;
          observe(1);
        });
      }),
    ]);
    const lines = ['palestra_gate_queue{way="in"} 3', 'palestra_gate_queue{way="out"} 0'];
    expect(await scrape(host, 'palestra_gate_queue{')).to.deep.equal(lines);
    expect(await scrape(host, 'palestra_gate_hangs ')).to.include('palestra_gate_hangs 1');
    length = 4;
    expect((await scrape(host, 'palestra_gate_queue{'))[0]).to.equal('palestra_gate_queue{way="in"} 4');
    fails = true;
    hanging = new Promise(() => {});
    const others = (await scrape(host, 'palestra_gate_')).filter((line) => !line.startsWith('#'));
    expect(others).to.deep.equal([]);
  });

  it('go on where they were when the host boots again', async () => {
    let boots = 0;
    const host = await start([
      plugin('gate', (metrics) => {
        boots += 1;
        const boot = boots;
        metrics.counter({ name: 'boots_total', help: 'Boots.' }).increment();
        metrics.observableGauge({ name: 'boot', help: 'Read by the last boot.' }, (observe) => observe(boot));
      }),
    ]);
    const token = await signInAdmin(host, 'dba', 'test-only-password-of-the-dba');
    const { file } = (await host.request('POST', '/api/admin/backup', { token })).body.data;
    const restored = await host.request('POST', '/api/admin/restore', { token, json: { file } });
    expect(restored.status, restored.text).to.equal(200);
    expect(boots).to.equal(2);
    expect(await scrape(host, 'gate_boots_total ')).to.include('palestra_gate_boots_total 2');
    expect(await scrape(host, 'gate_boot ')).to.include('palestra_gate_boot 2');
  });

  it('do nothing where metrics are off', async () => {
    const host = await start(
      [
        plugin('gate', (metrics) => {
          metrics.counter({ name: 'opened_total', help: 'x', labels: ['door'] }).increment({ door: 'a' });
          metrics.gauge({ name: 'inside', help: 'x' }).set(1);
          metrics.histogram({ name: 'wait_seconds', help: 'x' }).observe(1);
        }),
      ],
      { metrics: false },
    );
    expect((await host.request('GET', '/metrics')).status).to.equal(404);
  });

  it('keep a label with too many values from filling the memory', async () => {
    const host = await start([
      plugin('gate', (metrics) => {
        const by = metrics.counter({ name: 'opened_total', help: 'x', labels: ['id'] });
        for (let id = 0; id < 1_500; id++) by.increment({ id: `${id}` });
      }),
    ]);
    const lines = await scrape(host, 'palestra_gate_opened_total{');
    expect(lines).to.have.length(1_001);
    expect(lines).to.include('palestra_gate_opened_total{id="other"} 500');
  });

  const refused: readonly (readonly [what: string, plugins: AnyPlugin[], says: string])[] = [
    [
      'a name that is not snake_case',
      [plugin('a', (metrics) => metrics.gauge({ name: 'insidePeople', help: 'x' }))],
      'The metric insidePeople of plugin a needs a name in snake_case.',
    ],
    [
      'a counter without _total',
      [plugin('a', (metrics) => metrics.counter({ name: 'opened', help: 'x' }))],
      'The metric opened of plugin a ends in _total if, and only if, it is a counter.',
    ],
    [
      'a reserved label',
      [plugin('a', (metrics) => metrics.histogram({ name: 'wait_seconds', help: 'x', labels: ['le'] }))],
      'The metric wait_seconds of plugin a cannot have the label "le".',
    ],
    [
      'buckets that do not ascend',
      [plugin('a', (metrics) => metrics.histogram({ name: 'wait_seconds', help: 'x', buckets: [2, 1] }))],
      'The metric wait_seconds of plugin a needs ascending buckets.',
    ],
    [
      'one name by two plugins',
      [
        plugin('a', (metrics) => metrics.gauge({ name: 'b_c', help: 'x' })),
        plugin('a-b', (metrics) => metrics.gauge({ name: 'c', help: 'x' })),
      ],
      'Plugin a-b declares the metric palestra_a_b_c, which plugin a has already.',
    ],
    [
      'one name with other labels',
      [
        plugin('a', (metrics) => {
          metrics.gauge({ name: 'b', help: 'x' });
          metrics.gauge({ name: 'b', help: 'x', labels: ['door'] });
        }),
      ],
      'Plugin a declares the metric palestra_a_b, which plugin a has already.',
    ],
    [
      'one name of the host',
      [plugin('database', (metrics) => metrics.gauge({ name: 'connections', help: 'x' }))],
      'Plugin database declares the metric palestra_database_connections, which the host has already.',
    ],
    [
      'a counter that goes back',
      [plugin('a', (metrics) => metrics.counter({ name: 'b_total', help: 'x' }).add(-1))],
      'The counter b_total cannot go back by -1.',
    ],
  ];
  for (const [what, plugins, says] of refused) {
    it(`are refused at boot: ${what}`, async () => {
      const failure = await start(plugins).then(
        () => 'started',
        (error: Error) => (error.cause as Error).message,
      );
      expect(failure).to.equal(says);
    });
  }
});
