/** One key set in one file: readable by its owner alone, created once even if two processes start at once. */
import { link, mkdir, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { parseJsonOrUndefined } from '@palestra/core';
import { writeDurably } from '../files/durable-file.js';
import { errorCode } from '../files/error-code.js';

export interface StoredKey {
  readonly kid: string;
  /** Base64url of a secret, or PKCS#8 PEM. */
  readonly key: string;
  readonly createdAt: string;
}

export interface RetiredKey extends StoredKey {
  /** Until then it still opens or verifies what was made with it. */
  readonly until: string;
}

export interface KeySet {
  readonly version: 1;
  readonly purpose: string;
  /** Signs, seals and derives what is new. */
  readonly active: StoredKey;
  /** Published already, so that every instance knows it before it becomes active. */
  readonly next: StoredKey | null;
  readonly retired: readonly RetiredKey[];
}

/** The set in `file`; created if there is none, and then the same one in every process that starts at once. */
export async function readOrCreate(file: string, create: () => Promise<KeySet>): Promise<KeySet> {
  const existing = await read(file);
  if (existing) return existing;
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await publish(file, await create(), link).catch((error: unknown) => {
    if (errorCode(error) !== 'EEXIST') throw error;
  });
  const winner = await read(file);
  if (!winner) throw new Error(`The key file ${file} disappeared while it was created.`);
  return winner;
}

/** Replaces the set: a reader sees the old file or the new one, never half of it. */
export async function replace(file: string, set: KeySet): Promise<void> {
  await publish(file, set, rename);
}

/** Undefined if there is no such file. */
export async function read(file: string): Promise<KeySet | undefined> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  });
  return text === undefined ? undefined : parse(text, file);
}

function publish(file: string, set: KeySet, place: (from: string, to: string) => Promise<void>): Promise<void> {
  const text = `${JSON.stringify(set, null, 2)}\n`;
  return writeDurably({ path: file, write: (handle) => handle.writeFile(text), place });
}

function parse(text: string, file: string): KeySet {
  const set = parseJsonOrUndefined(text);
  if (!isKeySet(set)) throw new Error(`The key file ${file} is damaged. Restore it from a copy.`);
  return set;
}

function isKeySet(value: unknown): value is KeySet {
  const set = value as KeySet | undefined;
  return (
    set?.version === 1 &&
    typeof set.purpose === 'string' &&
    isKey(set.active) &&
    (set.next === null || isKey(set.next)) &&
    Array.isArray(set.retired) &&
    set.retired.every((key) => isKey(key) && !Number.isNaN(Date.parse(key.until)))
  );
}

function isKey(key: StoredKey | undefined): boolean {
  return typeof key?.kid === 'string' && typeof key.key === 'string';
}
