/** The parts of the limiter: networks, buckets, and the delay where a refusal would lock somebody out. */

import type { IncomingMessage } from 'node:http';
import { describeOnEachDatabase, startTestHost, type TestHost } from '@palestra/server/testing';
import { expect } from 'chai';
import { pino } from 'pino';
import { itTimed } from '../../../../test/setup/timed.js';
import { createAddressOf } from '../../src/http/client-address.js';
import { passwordLimits } from '../../src/identity/limits.js';
import { createKeyStore } from '../../src/keys/index.js';
import type { KeyStore } from '../../src/keys/types.js';
import { TokenBuckets } from '../../src/rate-limit/buckets.js';
import { createLimiter } from '../../src/rate-limit/limiter.js';
import { refuse } from '../../src/rate-limit/limits.js';
import { networksOf } from '../../src/rate-limit/network.js';
import { createWindowStore } from '../../src/rate-limit/store.js';
import type { RateLimiter } from '../../src/rate-limit/types.js';

describe('the networks of an address', () => {
  const rows: [address: string, ...networks: string[]][] = [
    ['203.0.113.9', '203.0.113.0/24'],
    ['2001:db8::1', '2001:db8:0:0::/64', '2001:db8:0::/48'],
    ['2001:0DB8:0000:0000:1:2:3:4', '2001:db8:0:0::/64', '2001:db8:0::/48'],
    ['2001:db8:1:2:3::', '2001:db8:1:2::/64', '2001:db8:1::/48'],
    ['::1', '0:0:0:0::/64', '0:0:0::/48'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64', 'fe80:0:0::/48'],
    ['', ''],
  ];
  for (const [address, ...networks] of rows) {
    it(`${address} is in ${networks.join(' and ')}`, () => expect(networksOf(address)).to.deep.equal(networks));
  }
});

describe('the address of a client', () => {
  const address = (peer: string, forwarded: string | undefined, trusted: readonly string[] = []) =>
    createAddressOf(trusted)({
      ip: peer,
      req: {
        socket: { remoteAddress: peer },
        headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded },
      } as unknown as IncomingMessage,
    });

  const rows: [what: string, peer: string, forwarded: string | undefined, trusted: string[], client: string][] = [
    ['the peer', '192.0.2.1', undefined, [], '192.0.2.1'],
    ['an IPv4 peer on an IPv6 socket', '::ffff:192.0.2.1', undefined, [], '192.0.2.1'],
    ['not what a stranger claims', '192.0.2.1', '10.0.0.1', ['192.0.2.9'], '192.0.2.1'],
    ['what a named proxy saw', '192.0.2.9', '203.0.113.5', ['192.0.2.9'], '203.0.113.5'],
    ['the last stranger, not what it claims', '192.0.2.9', '1.1.1.1, 203.0.113.5', ['192.0.2.9'], '203.0.113.5'],
    ['through two proxies', '10.0.0.1', '203.0.113.5, 10.0.0.2', ['10.0.0.0/8'], '203.0.113.5'],
    ['the proxy itself without a header', '10.0.0.1', undefined, ['10.0.0.0/8'], '10.0.0.1'],
    ['no further than what is an address', '10.0.0.1', '203.0.113.5, unknown', ['10.0.0.0/8'], '10.0.0.1'],
    ['an IPv6 client', 'fd00::1', '2001:db8::5', ['fd00::/8'], '2001:db8::5'],
  ];
  for (const [what, peer, forwarded, trusted, client] of rows) {
    it(`is ${what}`, () => expect(address(peer, forwarded, trusted)).to.equal(client));
  }

  it('needs proxies that are addresses or networks', () => {
    for (const bad of ['proxy.example', '10.0.0.0/33', '10.0.0.0/x', '', '10.0.0.0/']) {
      expect(() => createAddressOf([bad]), bad).to.throw('neither an address nor a network');
    }
  });
});

describe('token buckets', () => {
  const size = { most: 5, perMs: 60_000 };

  it('give five at once, and then one every twelve seconds', () => {
    const buckets = new TokenBuckets();
    const waits = Array.from({ length: 6 }, () => buckets.take('a', size, 1_000));
    expect(waits).to.deep.equal([0, 0, 0, 0, 0, 12_000]);
    expect(buckets.take('a', size, 12_999)).to.equal(1);
    expect(buckets.take('a', size, 13_000)).to.equal(0);
    expect(buckets.take('b', size, 1_000)).to.equal(0);
  });

  it('never hold more than they began with, nor mind a clock that goes back', () => {
    const buckets = new TokenBuckets();
    for (let index = 0; index < 3; index += 1) buckets.giveBack('a', size);
    buckets.take('a', size, 0);
    for (let index = 0; index < 3; index += 1) buckets.giveBack('a', size);
    const waits = Array.from({ length: 6 }, () => buckets.take('a', size, 1_000_000));
    expect(waits.filter((wait) => wait === 0)).to.have.length(5);
    expect(buckets.take('a', size, 0)).to.be.greaterThan(0);
  });

  it('forget the one not used for longest', () => {
    const buckets = new TokenBuckets(2);
    for (const key of ['a', 'a', 'a', 'b', 'a', 'c']) buckets.take(key, { most: 2, perMs: 60_000 }, 0);
    expect(buckets.take('a', { most: 2, perMs: 60_000 }, 0)).to.be.greaterThan(0);
  });
});

describeOnEachDatabase('tries at one name from everywhere', (fresh) => {
  let host: TestHost;
  let keyStore: KeyStore;
  before(async () => {
    host = await startTestHost({ plugins: [], database: await fresh() });
  });
  after(() => host.stop());
  afterEach(() => keyStore.close());

  async function createFixture(delayMs: number) {
    const clock = { now: () => 1_000_000 };
    keyStore = createKeyStore({ directory: `${host.dataDir}/keys`, clock });
    const database = host.palestra.database();
    const store = createWindowStore(database);
    const keys = await keyStore.secrets('rate-limit');
    return createLimiter({ database, store, keys, clock, log: pino({ level: 'silent' }), delayMs });
  }

  /** What a try at `user` from `ip` is, and how long it took. */
  async function timed(limiter: RateLimiter, user: string, ip: string) {
    const before = performance.now();
    const status = await limiter.attempt(passwordLimits, { user, ip }).then(
      () => 'counted' as const,
      () => 'refused' as const,
    );
    return { status, ms: performance.now() - before };
  }

  const ipv4 = (index: number) => `198.${18 + (index >> 8)}.${index & 255}.1`;

  async function overTheLimit(limiter: RateLimiter, user: string): Promise<void> {
    await Promise.all(Array.from({ length: 100 }, (_, index) => timed(limiter, user, ipv4(index))));
  }

  it('give back what a refused one took of the limits before the one that refused it', async () => {
    const limiter = await createFixture(0);
    const limits = { name: 'door', limits: [refuse('user', 2, 60_000), refuse('network', 1, 3_600_000)] };
    const attempt = (ip: string) =>
      limiter.attempt(limits, { user: 'one of two networks', ip }).then(
        () => 'counted',
        () => 'refused',
      );
    expect(await attempt('203.0.113.1')).to.equal('counted');
    expect(await attempt('203.0.113.1'), 'once an hour from this network').to.equal('refused');
    expect(await attempt('198.51.100.1'), 'the second in a minute').to.equal('counted');
    expect(await attempt('192.0.2.1'), 'the third in a minute').to.equal('refused');
  });

  itTimed('take longer after a hundred in an hour, and are not refused', async () => {
    const limiter = await createFixture(1_500);
    for (let index = 0; index < 100; index += 1) {
      expect((await timed(limiter, 'victim', ipv4(index))).ms).to.be.lessThan(1_400);
    }
    const delayed = await Promise.all([100, 101, 102].map((index) => timed(limiter, 'victim', ipv4(index))));
    for (const { ms, status } of delayed) expect([status, ms > 1_490]).to.deep.equal(['counted', true]);
  });

  it('do not keep other networks from trying, however many of them wait', async () => {
    const limiter = await createFixture(500);
    await overTheLimit(limiter, 'besieged');
    const siege = Array.from({ length: 160 }, (_, index) => timed(limiter, 'besieged', ipv4(200 + index)));
    expect((await timed(limiter, 'besieged', '203.0.113.1')).status).to.equal('counted');
    await Promise.all(siege);
  });

  it('wait by twos in an IPv6 /48, and are refused from the twenty-first in a minute', async () => {
    const limiter = await createFixture(300);
    const ipv6 = (index: number) => `2001:db8:7:${index.toString(16)}::1`;
    const one = await Promise.all(Array.from({ length: 40 }, (_, index) => timed(limiter, 'neighbour', ipv6(index))));
    expect(one.filter(({ status }) => status === 'counted')).to.have.length(20);
    await overTheLimit(limiter, 'distant');
    const other = await Promise.all(Array.from({ length: 20 }, (_, index) => timed(limiter, 'distant', ipv6(index))));
    expect(other.filter(({ status }) => status === 'counted')).to.have.length(2);
  });

  it('do not delay a network where the user has succeeded', async () => {
    const limiter = await createFixture(3_000);
    const { succeeded } = await limiter.attempt(passwordLimits, { user: 'member', ip: '203.0.113.1' });
    await succeeded();
    await overTheLimit(limiter, 'member');
    expect((await timed(limiter, 'member', '203.0.113.200')).ms).to.be.lessThan(2_500);
    expect((await timed(limiter, 'member', '203.0.112.1')).ms).to.be.greaterThan(2_990);
  });
});
