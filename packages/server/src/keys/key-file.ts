/** One key set in one file: private to its owner, made once even if two processes start at once. */
import { randomBytes } from 'node:crypto';
import { link, mkdir, open, readFile, rename, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';

export interface StoredKey {
  readonly kid: string;
  /** Base64url of a secret, or PKCS#8 PEM. */
  readonly key: string;
  readonly createdAt: string;
}

export interface RetiredKey extends StoredKey {
  /** Until then it still opens or verifies what it made before. */
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

/** The set in `file`; made from `create` if there is none, and then the one that all racing processes read. */
export async function readOrCreate(file: string, create: () => Promise<KeySet>): Promise<KeySet> {
  const existing = await read(file);
  if (existing) return existing;
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await publish(file, await create(), link).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  const winner = await read(file);
  if (!winner) throw new Error(`The key file ${file} vanished while it was made.`);
  return winner;
}

/** Replaces the set: a reader sees the old file or the new one, never half of it. */
export async function replace(file: string, set: KeySet): Promise<void> {
  await publish(file, set, rename);
}

/** Undefined if there is no such file. */
export async function read(file: string): Promise<KeySet | undefined> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  return text === undefined ? undefined : parse(text, file);
}

/** `link` fails where the target exists, `rename` replaces it; either happens at once. */
async function publish(file: string, set: KeySet, place: (from: string, to: string) => Promise<void>): Promise<void> {
  const draft = join(dirname(file), `.${randomBytes(8).toString('hex')}.draft`);
  const handle = await open(draft, 'wx', 0o600);
  try {
    await handle.writeFile(`${JSON.stringify(set, null, 2)}\n`);
    await handle.sync();
    await handle.close();
    await place(draft, file);
    await syncFolder(dirname(file));
  } finally {
    await handle.close();
    await unlink(draft).catch(() => undefined);
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function parse(text: string, file: string): KeySet {
  const set = parseJson(text);
  if (!isKeySet(set)) throw new Error(`The key file ${file} is damaged.`);
  return set;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
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
