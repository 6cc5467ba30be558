import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { TtlCache } from '../../src/async/ttl-cache.js';

describe('a TTL cache', () => {
  /** Reads that end when the test says so. */
  function createFixture(options: { readonly sharedForMs?: number } = {}) {
    const reads: { resolve(value: string): void; reject(error: Error): void }[] = [];
    const read = () => new Promise<string>((resolve, reject) => reads.push({ resolve, reject }));
    return { reads, cache: new TtlCache<string>({ read, maxAgeMs: 1_000, maxEntries: 2, ...options }) };
  }

  it('reads once for all who wait, and again when the value is too old', async () => {
    const { cache, reads } = createFixture();
    const both = [cache.load('a', 0), cache.load('a', 0)];
    reads[0]?.resolve('one');
    expect(await Promise.all(both)).to.deep.equal(['one', 'one']);
    expect(reads).to.have.length(1);
    expect(cache.fresh('a', 999)?.value).to.equal('one');
    expect(cache.fresh('a', 1_000)).to.equal(undefined);
  });

  it('does not keep later callers waiting for a read that does not end', async () => {
    const { cache, reads } = createFixture({ sharedForMs: 20 });
    const first = cache.load('a', 0);
    await sleep(30);
    const second = cache.load('a', 30);
    expect(reads).to.have.length(2);
    reads[1]?.resolve('new');
    expect(await second).to.equal('new');
    // The first one ends after all: only its own caller gets the value.
    reads[0]?.resolve('old');
    expect(await first).to.equal('old');
    expect(cache.fresh('a', 30)?.value).to.equal('new');
    const third = cache.load('a', 60);
    expect(reads).to.have.length(3);
    reads[2]?.resolve('newer');
    await third;
  });

  it('lets a failed read be tried again', async () => {
    const { cache, reads } = createFixture();
    const failed = cache.load('a', 0).catch((error: Error) => error.message);
    reads[0]?.reject(new Error('away'));
    expect(await failed).to.equal('away');
    void cache.load('a', 0);
    expect(reads).to.have.length(2);
  });

  it('forgets what is being read when it is cleared', async () => {
    const { cache, reads } = createFixture();
    const before = cache.load('a', 0);
    cache.clear();
    void cache.load('a', 0);
    expect(reads).to.have.length(2);
    reads[0]?.resolve('old');
    await before;
    expect(cache.fresh('a', 0)).to.equal(undefined);
  });
});
