/** Keys in files, one a purpose: folder 0700, files 0600, shared by every instance that serves one database. */

import { join, resolve } from 'node:path';
import type { Clock } from '@palestra/core';
import { type KeyRing, sealingKeyOf, secretKeyOf, type TokenAlgorithm, tokenKeyOf } from '@palestra/core/auth';
import { type KeySet, replace } from './key-file.js';
import { LiveRing } from './live-ring.js';
import { type KeyPurpose, newKey, signingPurpose } from './purposes.js';
import type { KeyStore, OpenedKeys } from './types.js';

const pollMs = 5_000;

export interface KeyStoreOptions {
  /** `PALESTRA_KEYS_DIR`, or `keys` in the data folder. */
  readonly directory: string;
  readonly clock: Clock;
  /** Told when a changed file cannot be read; the keys read before stay in use. */
  onError?(error: unknown): void;
}

type AnyRing = LiveRing<{ readonly kid: string }>;

export function createKeyStore({ directory, clock, onError = () => undefined }: KeyStoreOptions): KeyStore {
  const folder = resolve(directory);
  const rings = new Map<KeyPurpose, Promise<AnyRing>>();
  const refresh = async () => {
    const open = await Promise.all(rings.values());
    await Promise.all(open.map((ring) => ring.refresh().catch(onError)));
  };
  const poll = setInterval(() => void refresh().catch(onError), pollMs).unref();
  const signing = (kind: 'token' | 'machine', algorithm: TokenAlgorithm) =>
    ring(signingPurpose(kind, algorithm), (text) => tokenKeyOf(algorithm, text));

  return {
    directory: folder,
    sealing: () => ring('seal', sealingKeyOf),
    tokens: (algorithm) => signing('token', algorithm),
    machineTokens: (algorithm) => signing('machine', algorithm),
    secrets: (purpose) => ring(purpose, secretKeyOf),
    opened: () =>
      Promise.all(
        [...rings].map(async ([purpose, opening]): Promise<OpenedKeys> => {
          const opened = await opening;
          return { purpose, active: opened.active.kid, kids: opened.kids };
        }),
      ),
    async renew(purpose) {
      await ring(purpose, secretKeyOf);
      await replace(fileOf(purpose), await newSet(purpose));
      await refresh();
    },
    refresh,
    close: () => clearInterval(poll),
  };

  /** The same ring for every caller of one purpose; a failed opening may be tried again. */
  function ring<Key extends { readonly kid: string }>(
    purpose: KeyPurpose,
    parse: (text: string) => Key | Promise<Key>,
  ): Promise<KeyRing<Key>> {
    const known = rings.get(purpose);
    // One purpose has one kind of key, which the methods above fix.
    if (known) return known as Promise<unknown> as Promise<KeyRing<Key>>;
    const opening = LiveRing.open({ file: fileOf(purpose), create: () => newSet(purpose), parse, clock });
    rings.set(purpose, opening);
    opening.catch(() => rings.delete(purpose));
    return opening;
  }

  function fileOf(purpose: KeyPurpose): string {
    return join(folder, `${purpose}.json`);
  }

  async function newSet(purpose: KeyPurpose): Promise<KeySet> {
    return { version: 1, purpose, active: await newKey(purpose, clock.now()), next: null, retired: [] };
  }
}
