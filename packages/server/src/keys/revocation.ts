/** A retired key ends before its time, since it leaked. */
import { join, resolve } from 'node:path';
import type { Clock } from '@palestra/core';
import { read, replace } from './key-file.js';
import { type KeyPurpose, purposes } from './purposes.js';
import { purposesIn } from './rotation.js';

export interface RevocationOptions {
  /** Of the key store. */
  readonly directory: string;
  readonly kid: string;
  readonly clock: Clock;
}

export interface KeyRevocation {
  readonly purpose: KeyPurpose;
  readonly kid: string;
}

/** The key cannot be revoked; the message says what to do instead. */
export class KeyRevocationError extends Error {
  override readonly name = 'KeyRevocationError';
}

/**
 * The purpose of the retired key with this `kid`, which may be revoked.
 * @throws KeyRevocationError for an unknown, active, published or ended key, and one that its purpose needs for good
 */
export async function revocableKey({ directory, kid, clock }: RevocationOptions): Promise<KeyPurpose> {
  for (const purpose of await purposesIn(directory)) {
    const set = await read(fileOf(directory, purpose));
    if (!set) continue;
    if (kid === set.active.kid || kid === set.next?.kid) {
      throw new KeyRevocationError(
        `${kid} is ${kid === set.active.kid ? 'the active key' : 'the next key'} of ${purpose}. ` +
          `Rotate it first: palestra keys rotate ${purpose}`,
      );
    }
    const retired = set.retired.find((key) => key.kid === kid);
    if (!retired) continue;
    const { neededFor } = purposes[purpose];
    if (neededFor !== undefined) throw new KeyRevocationError(`A key of ${purpose} is not revoked: ${neededFor}`);
    if (Date.parse(retired.until) <= clock.now()) {
      throw new KeyRevocationError(`${kid} of ${purpose} ended at ${retired.until}.`);
    }
    return purpose;
  }
  throw new KeyRevocationError(`No key here has the kid ${kid}.`);
}

/**
 * Its file keeps naming it until the next rotation, so that an instance that was started with it still starts.
 * @throws KeyRevocationError as `revocableKey`
 */
export async function revoke(options: RevocationOptions): Promise<KeyRevocation> {
  const { directory, kid, clock } = options;
  const purpose = await revocableKey(options);
  const file = fileOf(directory, purpose);
  const set = await read(file);
  if (!set) throw new KeyRevocationError(`There is no key file ${file}.`);
  const until = new Date(clock.now()).toISOString();
  await replace(file, { ...set, retired: set.retired.map((key) => (key.kid === kid ? { ...key, until } : key)) });
  return { purpose, kid };
}

function fileOf(directory: string, purpose: KeyPurpose): string {
  return join(resolve(directory), `${purpose}.json`);
}
