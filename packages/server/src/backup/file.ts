/** A backup is one file: the signed manifest as its first line, then the payload. */
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { type FileHandle, rename, stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { KeyRing, SecretKey } from '@palestra/core/auth';
import { writeDurably } from '../files/durable-file.js';
import { backupDamaged } from './errors.js';
import { type Manifest, readManifest, signManifest } from './manifest.js';
import type { FileFacts } from './types.js';

export interface OpenedBackup {
  readonly manifest: Manifest;
  /** Where the payload begins. */
  readonly start: number;
  /** The payload's bytes, checked while they are read: a stream that ends without an error matches the manifest. */
  payload(): Readable;
}

const longestManifest = 1024 * 1024;

/** @throws Error `EEXIST` if the name is taken */
export async function writeBackup(
  target: string,
  payload: string,
  manifest: Omit<Manifest, 'payload'>,
  keys: KeyRing<SecretKey>,
): Promise<FileFacts> {
  const line = signManifest({ ...manifest, payload: await factsOf(payload) }, keys);
  await writeDurably({
    path: target,
    write: ({ fd }) => pipeline(joined(line, payload), createWriteStream(target, { fd, autoClose: false })),
    async place(draft, path) {
      await refuseTaken(path);
      await rename(draft, path);
    },
  });
  return factsOf(target);
}

/** @throws PalestraError if the first line is not that of a backup of this installation */
export async function openBackup(file: FileHandle, keys: KeyRing<SecretKey>): Promise<OpenedBackup> {
  const line = await firstLine(file);
  const manifest = readManifest(line.toString('utf8'), keys);
  const start = line.length + 1;
  return {
    manifest,
    start,
    payload: () => {
      const bytes = file.createReadStream({ start, autoClose: false, highWaterMark: 1024 * 1024 });
      return Readable.from(checked(bytes, manifest.payload), { objectMode: false });
    },
  };
}

export async function factsOf(path: string): Promise<FileFacts> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 })) {
    hash.update(chunk);
    bytes += chunk.length;
  }
  return { sha256: hash.digest('hex'), bytes };
}

async function* joined(line: string, payload: string): AsyncGenerator<Buffer> {
  yield Buffer.from(line);
  yield* createReadStream(payload, { highWaterMark: 1024 * 1024 });
}

async function* checked(source: AsyncIterable<Buffer>, expected: FileFacts): AsyncGenerator<Buffer> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of source) {
    bytes += chunk.length;
    if (bytes > expected.bytes) throw backupDamaged('it is longer than its manifest says');
    hash.update(chunk);
    yield chunk;
  }
  if (bytes < expected.bytes) throw backupDamaged('its end is missing');
  if (hash.digest('hex') !== expected.sha256) throw backupDamaged('its checksum is wrong');
}

async function firstLine(file: FileHandle): Promise<Buffer> {
  const buffer = Buffer.alloc(64 * 1024);
  let line = Buffer.alloc(0);
  while (line.length < longestManifest) {
    const { bytesRead } = await file.read(buffer, 0, buffer.length, line.length);
    const part = buffer.subarray(0, bytesRead);
    const end = part.indexOf(0x0a);
    if (end >= 0) return Buffer.concat([line, part.subarray(0, end)]);
    if (bytesRead === 0) break;
    line = Buffer.concat([line, part]);
  }
  throw backupDamaged('it does not begin with a manifest');
}

/** @throws Error `EEXIST` */
export async function refuseTaken(target: string): Promise<void> {
  const found = await stat(target).catch(() => undefined);
  if (found) throw Object.assign(new Error(`${target} already exists.`), { code: 'EEXIST' });
}
