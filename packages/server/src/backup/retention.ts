/** Which backups of a folder stay, by how many days, weeks and months they are kept for, as restic counts them. */
import { constants } from 'node:fs';
import { type FileHandle, open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { KeyRing, SecretKey } from '@palestra/core/auth';
import { isEncrypted, readStamp } from './encryption.js';
import { openBackup } from './file.js';
import type { Forgotten, Retention } from './types.js';

interface Found {
  readonly file: string;
  readonly createdAt: string;
  readonly whole: boolean;
}

export interface ForgetOptions {
  readonly folder: string;
  readonly retention: Retention;
  readonly keys: KeyRing<SecretKey>;
  /** Only says what would go. */
  readonly dryRun?: boolean;
}

/** Never deletes what is not a whole backup of this installation, nor the newest one that proves sound. */
export async function forget({ folder, retention, keys, dryRun = false }: ForgetOptions): Promise<Forgotten> {
  const found = await backupsIn(folder, keys);
  const whole = found.filter((backup) => backup.whole).sort(newestFirst);
  const damaged = found.filter((backup) => !backup.whole).map(({ file }) => file);
  // A file may be as long as it was and hold something else: the last good one is read to its end.
  while (whole[0] && !(await isSound(join(folder, whole[0].file), keys))) damaged.push(whole.shift()?.file ?? '');
  const kept = selectKept(whole, retention);
  const removed = whole.filter((backup) => !kept.has(backup)).map(({ file }) => file);
  if (!dryRun) for (const file of removed) await rm(join(folder, file), { force: true });
  return { kept: [...kept].map(({ file }) => file), removed, damaged };
}

/** `backups` are in order, the newest first, which is always kept. */
export function selectKept<Backup extends { readonly createdAt: string }>(
  backups: readonly Backup[],
  { keepDaily = 0, keepWeekly = 0, keepMonthly = 0 }: Retention,
): Set<Backup> {
  const kept = new Set(backups.slice(0, 1));
  const periods = [
    [keepDaily, (date: Date) => date.toISOString().slice(0, 10)],
    [keepWeekly, mondayOf],
    [keepMonthly, (date: Date) => date.toISOString().slice(0, 7)],
  ] as const;
  for (const [most, periodOf] of periods) {
    const seen = new Set<string>();
    for (const backup of backups) {
      const period = periodOf(new Date(backup.createdAt));
      if (seen.has(period)) continue;
      if (seen.size === most) break;
      seen.add(period);
      kept.add(backup);
    }
  }
  return kept;
}

/** The day that its ISO week begins with. */
function mondayOf(date: Date): string {
  const sinceMonday = (date.getUTCDay() + 6) % 7;
  return new Date(date.getTime() - sinceMonday * 86_400_000).toISOString().slice(0, 10);
}

function newestFirst(a: Found, b: Found): number {
  return b.createdAt.localeCompare(a.createdAt) || b.file.localeCompare(a.file);
}

async function backupsIn(folder: string, keys: KeyRing<SecretKey>): Promise<Found[]> {
  const found: Found[] = [];
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (!entry.isFile() || entry.name.endsWith('.partial')) continue;
    const backup = await withFile(join(folder, entry.name), (handle) => describe(handle, keys)).catch(() => undefined);
    if (backup) found.push({ file: entry.name, ...backup });
  }
  return found;
}

/** Undefined, or an error, for what is not a backup of this installation. */
async function describe(handle: FileHandle, keys: KeyRing<SecretKey>): Promise<Omit<Found, 'file'> | undefined> {
  if (await isEncrypted(handle)) {
    const stamp = await readStamp(handle, keys);
    return stamp && { createdAt: stamp.createdAt, whole: true };
  }
  const { manifest, start } = await openBackup(handle, keys);
  const whole = (await handle.stat()).size === start + manifest.payload.bytes;
  return { createdAt: manifest.createdAt, whole };
}

/** Of an encrypted one, only its length can be checked without its secret key. */
async function isSound(path: string, keys: KeyRing<SecretKey>): Promise<boolean> {
  try {
    return await withFile(path, async (handle) => {
      if (await isEncrypted(handle)) return (await readStamp(handle, keys)) !== undefined;
      for await (const _ of (await openBackup(handle, keys)).payload());
      return true;
    });
  } catch {
    return false;
  }
}

async function withFile<Result>(path: string, action: (handle: FileHandle) => Promise<Result>): Promise<Result> {
  const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    return await action(handle);
  } finally {
    await handle.close();
  }
}
