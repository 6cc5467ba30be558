/** Token stores: any storage of the usual shape, one update at a time, and one refresh among tabs. */
import { storageTokens } from '@palestra/client';
import { expect } from 'chai';

describe('token stores', () => {
  const slow = () => {
    const items = new Map<string, string>();
    const later = () => new Promise((resolve) => setTimeout(resolve, 1));
    return {
      items,
      getItem: async (key: string) => later().then(() => items.get(key) ?? null),
      setItem: async (key: string, value: string) => later().then(() => void items.set(key, value)),
      removeItem: async (key: string) => later().then(() => void items.delete(key)),
    };
  };

  it('keep tokens in any storage of that shape, and forget them', async () => {
    const storage = slow();
    const store = storageTokens(storage, 'mine');
    await store.update(() => ({ accessToken: 'a', refreshToken: 'r' }));
    expect(await storageTokens(storage, 'mine').read()).to.deep.equal({ accessToken: 'a', refreshToken: 'r' });
    await store.update(() => undefined);
    expect(storage.items.size).to.equal(0);
  });

  it('let nothing in between read and write of an update', async () => {
    const store = storageTokens(slow());
    await store.update(() => ({ accessToken: '' }));
    const append = () => store.update((current) => ({ accessToken: `${current?.accessToken}x` }));
    await Promise.all([append(), append(), append()]);
    expect(await store.read()).to.deep.equal({ accessToken: 'xxx' });
  });

  describe('across tabs', () => {
    const { navigator } = globalThis as { navigator?: object };
    const withLocks = (locks: unknown) =>
      Object.defineProperty(globalThis, 'navigator', { value: { locks }, configurable: true });
    afterEach(() => Object.defineProperty(globalThis, 'navigator', { value: navigator, configurable: true }));

    it('hold the Web Lock of their key while one of them refreshes', async () => {
      const held: string[] = [];
      withLocks({
        request: async (name: string, _: object, task: () => Promise<unknown>) => {
          held.push(name);
          return task();
        },
      });
      expect(await storageTokens(slow(), 'mine').exclusive?.(async () => 7)).to.equal(7);
      expect(held).to.deep.equal(['mine']);
    });

    it('go on without it where there is none', async () => {
      withLocks(undefined);
      expect(await storageTokens(slow()).exclusive?.(async () => 7)).to.equal(7);
    });

    it('do not wait indefinitely for a frozen tab', async () => {
      const { setTimeout } = globalThis;
      let giveUp = (): void => {};
      Object.assign(globalThis, { setTimeout: (task: () => void) => (giveUp = task) });
      withLocks({
        request: (_: string, { signal }: { signal: AbortSignal }) =>
          new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
      });
      try {
        const waiting = storageTokens(slow()).exclusive?.(async () => 7);
        giveUp();
        expect(await waiting).to.equal(7);
      } finally {
        Object.assign(globalThis, { setTimeout });
      }
    });

    it('do not run a task twice because it failed', async () => {
      let runs = 0;
      withLocks({ request: async (_: string, __: object, task: () => Promise<unknown>) => task() });
      const task = async () => {
        runs += 1;
        throw new Error('refused');
      };
      const outcome = await storageTokens(slow())
        .exclusive?.(task)
        .catch((error: Error) => error.message);
      expect([outcome, runs]).to.deep.equal(['refused', 1]);
    });
  });

  it('take what they do not understand for signed out', async () => {
    const storage = slow();
    for (const text of ['', 'no json', 'null', '7', '{}', '{"accessToken":7}']) {
      storage.items.set('palestra.tokens', text);
      expect(await storageTokens(storage).read(), text).to.equal(undefined);
    }
  });
});
