/**
 * Rotation with overlap: every instance knows a key before the first one uses it, and the previous key stays as long as
 * what was made with it can be used.
 */

import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '@palestra/core';
import { type KeySet, type RetiredKey, read, replace, type StoredKey } from './key-file.js';
import { isKeyPurpose, type KeyPurpose, newKey, purposes } from './purposes.js';

export interface RotationOptions {
  /** Of the key store. */
  readonly directory: string;
  readonly purpose: KeyPurpose;
  readonly clock: Clock;
  /** Between publishing a key and using it; default 10 s, twice the interval at which an instance reads its files. */
  readonly settleMs?: number;
}

export interface Rotation {
  readonly purpose: KeyPurpose;
  readonly from: string;
  readonly to: string;
  /** Undefined where the old key is kept without end. */
  readonly retiredUntil: Date | undefined;
}

/** The latest date that RFC 3339 can express. */
const withoutEnd = Date.UTC(9999, 11, 31);
const defaultSettleMs = 10_000;

/** The purposes that have keys in a folder. */
export async function purposesIn(directory: string): Promise<KeyPurpose[]> {
  const files = await readdir(resolve(directory));
  return files
    .flatMap((file) => (file.endsWith('.json') ? file.slice(0, -5) : []))
    .filter(isKeyPurpose)
    .sort();
}

/**
 * A rotation that was interrupted continues with the key that it had published.
 * @throws Error if there is no such file, or if another rotation of it got in between
 */
export async function rotate({ directory, purpose, clock, settleMs }: RotationOptions): Promise<Rotation> {
  const file = join(resolve(directory), `${purpose}.json`);
  const before = await readSet(file);
  const next = before.next ?? (await newKey(purpose, clock.now()));
  if (!before.next) await replace(file, { ...before, next });
  await sleep(settleMs ?? defaultSettleMs);

  const published = await readSet(file);
  if (published.next?.kid !== next.kid)
    throw new Error(`Another process is rotating ${file}. Try again when it has finished.`);
  const now = clock.now();
  const until = Math.min(now + purposes[purpose].retiredForMs, withoutEnd);
  await replace(file, activated(published, next, until, now));
  const retiredUntil = until === withoutEnd ? undefined : new Date(until);
  return { purpose, from: published.active.kid, to: next.kid, retiredUntil };
}

function activated(set: KeySet, next: StoredKey, until: number, now: number): KeySet {
  const retired: RetiredKey = { ...set.active, until: new Date(until).toISOString() };
  const kept = set.retired.filter((key) => Date.parse(key.until) > now);
  return { ...set, active: next, next: null, retired: [retired, ...kept] };
}

async function readSet(file: string): Promise<KeySet> {
  const set = await read(file);
  if (!set) throw new Error(`There is no key file ${file}.`);
  return set;
}
