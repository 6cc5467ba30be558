/** Rate limits that a plugin declares and its operations name. */
import type { ContractFragment, OperationObject, RateLimit } from '@palestra/core';
import { describeOnEachDatabase, startTestHost, type TestHost, type TestHostOptions } from '@palestra/server/testing';
import { expect } from 'chai';
import { createPalestra } from '../../src/host/create.js';
import type { AnyPlugin, Plugin } from '../../src/plugin/plugin.js';
import { createClock, type MovableClock } from '../identity/fixture.js';

type Operations = Readonly<Record<string, Partial<OperationObject>>>;

function limited(rateLimits: Readonly<Record<string, readonly RateLimit[]>>, operations: Operations): AnyPlugin {
  const described = Object.entries(operations).map(([operationId, more]) => [
    `/api/${operationId}`,
    {
      get: {
        operationId,
        'x-bare': true,
        responses: { '200': { description: 'ok', content: { 'application/json': { schema: { type: 'object' } } } } },
        ...more,
      },
    },
  ]);
  const plugin: Plugin<{ operations: object }> = {
    name: 'limited',
    version: '1.2.3',
    host: '^1.0.0',
    contract: { paths: Object.fromEntries(described) } as ContractFragment,
    rateLimits,
    setup: () => ({ handlers: Object.fromEntries(Object.keys(operations).map((id) => [id, () => ({ id })])) }),
  };
  return plugin;
}

const minute = 60_000;

describeOnEachDatabase('rate limits of a plugin', (fresh) => {
  let clock: MovableClock;
  const hosts: TestHost[] = [];
  beforeEach(() => {
    clock = createClock();
    clock.advance(60 * minute - (clock.now() % (60 * minute)));
  });
  afterEach(async () => {
    for (const host of hosts.splice(0).reverse()) await host.stop();
  });

  const plugin = limited(
    {
      browse: [{ by: 'network', requests: 3, seconds: 60 }],
      take: [
        { by: 'caller', requests: 2, seconds: 60 },
        { by: 'network', requests: 4, seconds: 60 },
      ],
    },
    {
      browse: { 'x-public': true, 'x-rate-limit': 'browse' },
      take: { 'x-privilege': 'player', 'x-rate-limit': 'take' },
      free: { 'x-public': true },
    },
  );

  async function start(options: Partial<TestHostOptions> = {}): Promise<TestHost> {
    const host = await startTestHost({
      plugins: [plugin],
      rateLimit: true,
      clock,
      trustProxy: ['127.0.0.0/8'],
      ...options,
      database: options.database ?? (await fresh()),
    });
    hosts.push(host);
    return host;
  }

  const from = (ip: string) => ({ 'x-forwarded-for': ip });
  const statuses = async (host: TestHost, path: string, times: number, ip: string, token?: string) => {
    const answers = [];
    for (let at = 0; at < times; at++) answers.push(await host.request('GET', path, { token, headers: from(ip) }));
    return answers.map(({ status }) => status);
  };

  it('count a network, in every instance, and let it in again when the window ends', async () => {
    const database = await fresh();
    const one = await start({ database });
    const two = await start({ database, dataDir: one.dataDir });
    expect(await statuses(one, '/api/browse', 2, '198.51.100.1')).to.deep.equal([200, 200]);
    expect(await statuses(two, '/api/browse', 2, '198.51.100.2')).to.deep.equal([200, 429]);
    expect(await statuses(two, '/api/browse', 1, '198.51.101.1'), 'another network').to.deep.equal([200]);
    expect(await statuses(one, '/api/free', 5, '198.51.100.1')).to.deep.equal([200, 200, 200, 200, 200]);
    const refused = await two.request('GET', '/api/browse', { headers: from('198.51.100.9') });
    expect(refused.body).to.include({ success: false, exceptionType: 'TooManyRequestsError' });
    expect(Number(refused.headers.get('retry-after'))).to.be.within(1, 60);
    clock.advance(minute);
    expect(await statuses(one, '/api/browse', 1, '198.51.100.1')).to.deep.equal([200]);
  });

  it('count a caller wherever it calls from, beside its network', async () => {
    const host = await start();
    const [anna, ben, carl] = [await host.account(), await host.account(), await host.account()];
    expect(await statuses(host, '/api/take', 1, '198.51.100.1', anna.token)).to.deep.equal([200]);
    expect(await statuses(host, '/api/take', 2, '198.51.101.1', anna.token)).to.deep.equal([200, 429]);
    expect(await statuses(host, '/api/take', 2, '198.51.100.1', ben.token)).to.deep.equal([200, 200]);
    expect(await statuses(host, '/api/take', 2, '198.51.100.1', carl.token), 'its network').to.deep.equal([200, 429]);
    expect(await statuses(host, '/api/take', 1, '198.51.102.1', carl.token)).to.deep.equal([200]);
  });

  it('count nothing where rate limits are off', async () => {
    const host = await start({ rateLimit: false });
    expect(await statuses(host, '/api/browse', 5, '198.51.100.1')).to.deep.equal([200, 200, 200, 200, 200]);
  });

  it('are in the document as a 429 with Retry-After', async () => {
    const { paths, components } = (await start()).palestra.openapi();
    expect(paths['/api/browse']?.get?.responses)
      .to.have.nested.property('429.$ref')
      .that.matches(/TooManyRequests$/);
    expect(paths['/api/free']?.get?.responses).not.to.have.property('429');
    expect(components).to.have.nested.property('responses.TooManyRequests.headers.Retry-After');
  });
});

describe('rate limits that do not fit', () => {
  const operation = { browse: { 'x-public': true, 'x-rate-limit': 'browse' } } as const;
  const wrong: readonly (readonly [what: string, plugin: AnyPlugin, says: string])[] = [
    [
      'a name that the plugin does not declare',
      limited(
        { take: [{ by: 'network', requests: 1, seconds: 1 }], open: [{ by: 'caller', requests: 1, seconds: 1 }] },
        operation,
      ),
      'Operation browse of plugin limited names the x-rate-limit "browse"; the plugin declares take, open.',
    ],
    [
      'a name where it declares none',
      limited({}, { browse: { 'x-public': true, 'x-rate-limit': 'toString' } }),
      'Operation browse of plugin limited names the x-rate-limit "toString"; the plugin declares none.',
    ],
    ['no limit under the name', limited({ browse: [] }, operation), 'The rate limit browse of plugin limited is not'],
    [
      'a fraction',
      limited({ browse: [{ by: 'network', requests: 0.5, seconds: 1 }] }, operation),
      'The rate limit browse of plugin limited is not valid',
    ],
    [
      'another way to count',
      limited({ browse: [{ by: 'planet' as 'network', requests: 1, seconds: 1 }] }, operation),
      'The rate limit browse of plugin limited is not valid',
    ],
  ];
  for (const [what, plugin, says] of wrong) {
    it(`stop the host before it starts: ${what}`, () => {
      expect(() => createPalestra({ plugins: [plugin], dataDir: '/nonexistent' })).to.throw(says);
    });
  }
});
