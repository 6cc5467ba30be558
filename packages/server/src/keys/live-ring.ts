/** A key ring that follows its file: the keys that it names now, without the retired ones whose grace has ended. */

import { stat } from 'node:fs/promises';
import type { Clock } from '@palestra/core';
import type { KeyRing } from '@palestra/core/auth';
import { type KeySet, read, readOrCreate, type StoredKey } from './key-file.js';

export interface RingSource<Key> {
  readonly file: string;
  readonly create: () => Promise<KeySet>;
  readonly parse: (stored: string) => Key | Promise<Key>;
  readonly clock: Clock;
}

interface Member<Key> {
  readonly key: Key;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  /** Milliseconds since the epoch; Infinity for a key that is not retired. */
  readonly until: number;
}

export class LiveRing<Key extends { readonly kid: string }> implements KeyRing<Key> {
  readonly #source: RingSource<Key>;
  #members: readonly Member<Key>[];
  /** Of the file when it was read last; the first look at it reads it again, since it may have changed in between. */
  #stamp = '';

  private constructor(source: RingSource<Key>, members: readonly Member<Key>[]) {
    this.#source = source;
    this.#members = members;
  }

  static async open<Key extends { readonly kid: string }>(source: RingSource<Key>): Promise<LiveRing<Key>> {
    const set = await readOrCreate(source.file, source.create);
    return new LiveRing(source, await membersOf(set, source));
  }

  get active(): Key {
    const [first] = this.#members;
    if (!first) throw new Error(`The key file ${this.#source.file} has no active key.`);
    return first.key;
  }

  /** When the active key was made, in milliseconds since the epoch. */
  get activeSince(): number {
    return this.#members[0]?.createdAt ?? 0;
  }

  /** All that the file names, also those whose grace has ended. */
  get kids(): readonly string[] {
    return this.#members.map(({ key }) => key.kid);
  }

  get usable(): readonly Key[] {
    const now = this.#source.clock.now();
    return this.#members.filter(({ until }) => until > now).map(({ key }) => key);
  }

  find(kid: string): Key | undefined {
    const member = this.#members.find(({ key }) => key.kid === kid);
    return member && member.until > this.#source.clock.now() ? member.key : undefined;
  }

  /** Reads the file again if it changed; whether it did. A damaged or vanished one rejects and leaves the ring as it was. */
  async refresh(): Promise<boolean> {
    const stamp = await stampOf(this.#source.file);
    if (stamp === this.#stamp) return false;
    const set = await read(this.#source.file);
    if (!set) throw new Error(`The key file ${this.#source.file} was removed while the server runs.`);
    this.#members = await membersOf(set, this.#source);
    this.#stamp = stamp;
    return true;
  }
}

/** @throws Error if a key is not the one its `kid` names: two files were mixed up */
async function membersOf<Key extends { readonly kid: string }>(
  { active, next, retired }: KeySet,
  { file, parse }: RingSource<Key>,
): Promise<Member<Key>[]> {
  const stored = [active, ...(next ? [next] : [])].map((key) => [key, Infinity] as const);
  const all = [...stored, ...retired.map((key) => [key, Date.parse(key.until)] as const)];
  return Promise.all(
    all.map(async ([key, until]) => ({ key: await parseAs(key), createdAt: Date.parse(key.createdAt), until })),
  );

  async function parseAs({ kid, key }: StoredKey): Promise<Key> {
    const parsed = await parse(key);
    if (parsed.kid !== kid) throw new Error(`A key in ${file} does not match its kid ${kid}.`);
    return parsed;
  }
}

/** Changes with every replacement: the new file has another inode, even within one tick of the clock. */
async function stampOf(file: string): Promise<string> {
  const { ino, mtimeMs, size } = await stat(file);
  return `${ino}/${mtimeMs}/${size}`;
}
