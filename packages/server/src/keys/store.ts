/** Keys in files, one a purpose: folder 0700, files 0600, shared by every instance that serves one database. */
import { join, resolve } from 'node:path';
import {
  generateRsaKey,
  generateSecret,
  generateTokenKey,
  type KeyRing,
  sealingKeyOf,
  secretKeyOf,
  tokenKeyOf,
} from '@palestra/core/auth';
import type { Clock } from '../plugin.js';
import type { KeySet } from './key-file.js';
import { LiveRing } from './live-ring.js';
import type { KeyStore } from './types.js';

const pollMs = 5_000;

export interface KeyStoreOptions {
  /** `PALESTRA_KEYS_DIR`, or `keys` in the data folder. */
  readonly directory: string;
  readonly clock: Clock;
  /** Told when a changed file cannot be read; the keys read before stay in use. */
  onError?(error: unknown): void;
}

export function createKeyStore({ directory, clock, onError = () => undefined }: KeyStoreOptions): KeyStore {
  const folder = resolve(directory);
  const rings = new Map<string, Promise<{ refresh(): Promise<void> }>>();
  const refresh = async () => {
    const open = await Promise.all(rings.values());
    await Promise.all(open.map((ring) => ring.refresh().catch(onError)));
  };
  const poll = setInterval(() => void refresh().catch(onError), pollMs).unref();

  return {
    directory: folder,
    sealing: () => ring('seal', generateRsaKey, sealingKeyOf),
    tokens: (algorithm) =>
      ring(
        `token-${algorithm.toLowerCase()}`,
        () => generateTokenKey(algorithm),
        (text) => tokenKeyOf(algorithm, text),
      ),
    secrets: (purpose) => ring(purpose, generateSecret, secretKeyOf),
    refresh,
    close: () => clearInterval(poll),
  };

  /** The same ring for every caller of one purpose; a failed opening may be tried again. */
  function ring<Key extends { readonly kid: string }>(
    purpose: string,
    generate: () => string,
    parse: (text: string) => Key | Promise<Key>,
  ): Promise<KeyRing<Key>> {
    const known = rings.get(purpose);
    // One purpose has one kind of key, which the methods above fix.
    if (known) return known as Promise<unknown> as Promise<KeyRing<Key>>;
    const create = async (): Promise<KeySet> => {
      const key = generate();
      const { kid } = await parse(key);
      const createdAt = new Date(clock.now()).toISOString();
      return { version: 1, purpose, active: { kid, key, createdAt }, next: null, retired: [] };
    };
    const opening = LiveRing.open({ file: join(folder, `${purpose}.json`), create, parse, clock });
    rings.set(purpose, opening);
    opening.catch(() => rings.delete(purpose));
    return opening;
  }
}
