/** The folder of backups: names are the server's own, and nothing outside it is ever opened. */
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { invalidRequest, resourceNotFound } from '@palestra/core';
import type { KeyRing, SecretKey } from '@palestra/core/auth';
import { errorCode } from '../files/error-code.js';
import { isEncrypted, readStamp } from './encryption.js';
import { factsOf, openBackup } from './file.js';
import type { FileFacts } from './types.js';

export interface ListedBackup extends FileFacts {
  readonly file: string;
  readonly createdAt: string;
}

const abandonedMs = 60 * 60_000;
const name = /^palestra-\d{8}T\d{9}Z-[0-9a-f]{8}\.backup(\.age)?$/;

export interface BackupFolder {
  readonly path: string;
  /** A path for a new backup, which `find` knows by the `id` of its request, in hex; the folder exists. */
  newPath(now: number, id?: string): Promise<string>;
  /** The folder, for what is in the making there; it exists. */
  stage(now: number): Promise<string>;
  /** Deletes what killed processes left. */
  sweep(now: number): Promise<void>;
  /** The backup that was made for this request, by a process that died before it answered. */
  find(id: string, keys: KeyRing<SecretKey>): Promise<ListedBackup | undefined>;
  /** @throws PalestraError `invalid_request` for a name of another form or a file that is not a plain one, `resource_not_found` */
  open(file: string): Promise<FileHandle>;
  /** The newest first; files that are not backups of this installation, or cannot be read, are left out. */
  list(keys: KeyRing<SecretKey>): Promise<ListedBackup[]>;
}

/** `encrypted`: whether new backups are. */
export function createFolder(path: string, encrypted: boolean): BackupFolder {
  /** A large file is hashed once, as long as it stays the same. */
  const known = new Map<string, { readonly stamp: string; readonly facts: FileFacts }>();

  async function facts(file: string): Promise<FileFacts> {
    const { ino, size, mtimeMs } = await stat(join(path, file));
    const stamp = `${ino}/${size}/${mtimeMs}`;
    const before = known.get(file);
    if (before?.stamp === stamp) return before.facts;
    const found = await factsOf(join(path, file));
    known.set(file, { stamp, facts: found });
    return found;
  }

  async function describe(file: string, keys: KeyRing<SecretKey>): Promise<ListedBackup | undefined> {
    try {
      const handle = await openPlain(path, file);
      const createdAt = await createdAtOf(handle, keys).finally(() => handle.close());
      return createdAt === undefined ? undefined : { file, ...(await facts(file)), createdAt };
    } catch {
      return undefined;
    }
  }

  async function stage(now: number): Promise<string> {
    await mkdir(path, { recursive: true, mode: 0o700 });
    await removeRemains(path, now);
    return path;
  }

  return {
    path,
    stage,
    sweep: (now) => removeRemains(path, now),
    async newPath(now, id = randomBytes(4).toString('hex')) {
      await stage(now);
      const time = new Date(now).toISOString().replace(/[-:.]/g, '');
      return join(path, `palestra-${time}-${suffixOf(id)}${encrypted ? '.age' : ''}`);
    },
    async find(id, keys) {
      const file = (await readdir(path).catch(() => [])).find(
        (each) => name.test(each) && each.replace(/[.]age$/, '').endsWith(`-${suffixOf(id)}`),
      );
      return file === undefined ? undefined : describe(file, keys);
    },
    open: (file) => openPlain(path, file),
    async list(keys) {
      const files = (await readdir(path).catch(() => [])).filter((file) => name.test(file)).sort();
      const listed: ListedBackup[] = [];
      for (const file of files.reverse()) {
        const backup = await describe(file, keys);
        if (backup) listed.push(backup);
      }
      return listed;
    },
  };
}

function suffixOf(id: string): string {
  return `${id.slice(0, 8)}.backup`;
}

async function createdAtOf(handle: FileHandle, keys: KeyRing<SecretKey>): Promise<string | undefined> {
  if (await isEncrypted(handle)) return (await readStamp(handle, keys))?.createdAt;
  return (await openBackup(handle, keys)).manifest.createdAt;
}

/** Deletes what a process left that was killed during a backup or a restore: both write all the time. */
async function removeRemains(path: string, now: number): Promise<void> {
  for (const file of (await readdir(path).catch(() => [])).filter((each) =>
    /\.partial(-wal|-shm|-journal)?$/.test(each),
  )) {
    const found = await stat(join(path, file)).catch(() => undefined);
    if (found && now - found.mtimeMs > abandonedMs) await rm(join(path, file), { force: true });
  }
}

/** The pattern has no separator and no `..`; a link is refused by the system. */
async function openPlain(folder: string, file: string): Promise<FileHandle> {
  if (!name.test(file)) throw invalidRequest('file is not a name that the server gave', '/file');
  let handle: FileHandle;
  try {
    handle = await open(join(folder, file), constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ENOENT') throw resourceNotFound('Backup', file);
    if (code === 'ELOOP' || code === 'EMLINK') throw invalidRequest('file is a link, not a backup', '/file');
    throw error;
  }
  if ((await handle.stat()).isFile()) return handle;
  await handle.close();
  throw invalidRequest('file is not a plain file', '/file');
}
