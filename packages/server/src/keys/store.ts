/** Keys in files, one for each purpose: folder 0700, files 0600, shared by every instance that serves one database. */

import { join, resolve } from 'node:path';
import type { Clock } from '@palestra/core';
import {
  type SealingKey,
  type SecretKey,
  sealingKeyOf,
  secretKeyOf,
  type TokenKey,
  tokenKeyOf,
} from '@palestra/core/auth';
import { type KeySet, replace } from './key-file.js';
import { LiveRing } from './live-ring.js';
import { type KeyPurpose, newKey, signingPurpose } from './purposes.js';
import type { KeyStore, OpenedKeys } from './types.js';

const pollMs = 5_000;

export interface KeyStoreOptions {
  /** `PALESTRA_KEYS_DIR`, or `keys` in the data folder. */
  readonly directory: string;
  readonly clock: Clock;
  /** Called when a changed file cannot be read; the keys read before stay in use. */
  onError?(error: unknown): void;
}

type Rings<Key extends { readonly kid: string }> = Map<KeyPurpose, Promise<LiveRing<Key>>>;

export function createKeyStore({ directory, clock, onError = () => undefined }: KeyStoreOptions): KeyStore {
  const folder = resolve(directory);
  const sealing: Rings<SealingKey> = new Map();
  const signing: Rings<TokenKey> = new Map();
  const secret: Rings<SecretKey> = new Map();
  const all = () => [...sealing, ...signing, ...secret];
  let revision = 0;
  const refresh = async () => {
    const open = await Promise.all(all().map(([, opening]) => opening));
    const look = async (ring: (typeof open)[number]) => {
      if (await ring.refresh()) revision += 1;
    };
    await Promise.all(open.map((ring) => look(ring).catch(onError)));
  };
  let timer: NodeJS.Timeout | undefined;

  /** The same ring for every caller of one purpose; a failed opening may be tried again. */
  function ring<Key extends { readonly kid: string }>(
    rings: Rings<Key>,
    purpose: KeyPurpose,
    parse: (text: string) => Key | Promise<Key>,
  ): Promise<LiveRing<Key>> {
    const known = rings.get(purpose);
    if (known) return known;
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

  return {
    directory: folder,
    get revision() {
      return revision;
    },
    sealing: () => ring(sealing, 'seal', sealingKeyOf),
    tokens: (algorithm) => ring(signing, signingPurpose('token', algorithm), (text) => tokenKeyOf(algorithm, text)),
    machineTokens: (algorithm) =>
      ring(signing, signingPurpose('machine', algorithm), (text) => tokenKeyOf(algorithm, text)),
    secrets: (purpose) => ring(secret, purpose, secretKeyOf),
    opened: () =>
      Promise.all(
        all().map(async ([purpose, opening]): Promise<OpenedKeys> => {
          const { active, activeSince, kids } = await opening;
          return { purpose, active: active.kid, activeSince, kids };
        }),
      ),
    async renew(purpose) {
      await ring(secret, purpose, secretKeyOf);
      await replace(fileOf(purpose), await newSet(purpose));
      await refresh();
    },
    refresh,
    poll() {
      timer ??= setInterval(() => void refresh().catch(onError), pollMs).unref();
    },
    close() {
      clearInterval(timer);
      timer = undefined;
    },
  };
}
