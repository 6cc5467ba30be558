/**
 * Encrypted backups: files of age (https://age-encryption.org/v1) around a whole backup, so that `age -d` gives that
 * backup back. A stanza of ours in the header, which age skips, tells without the secret key whose backup it is.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { type FileHandle, rename } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import type { KeyRing, SecretKey } from '@palestra/core/auth';
import { writeDurably } from '../files/durable-file.js';
import { backupDamaged, backupIncompatible } from './errors.js';
import { factsOf, refuseTaken } from './file.js';
import type { FileFacts } from './types.js';

/** What can be told of an encrypted backup without the secret key. */
export interface Stamp {
  readonly createdAt: string;
  /** Of the backup inside. */
  readonly bytes: number;
}

const intro = 'age-encryption.org/v1\n';
const stanzaType = 'palestra-backup';
const longestHeader = 64 * 1024;
/** The format's own: a nonce, then chunks with a tag each. */
const [nonceBytes, chunkBytes, tagBytes] = [16, 64 * 1024, 16];

/** @throws TypeError for what is no recipient, without showing it: it may be a secret key */
export async function assertRecipients(recipients: readonly string[]): Promise<void> {
  const { Encrypter } = await import('age-encryption');
  for (const [index, recipient] of recipients.entries()) {
    try {
      new Encrypter().addRecipient(recipient);
    } catch (cause) {
      throw new TypeError(`Recipient ${index + 1} is no public key of age, such as age1… from age-keygen.`, { cause });
    }
  }
}

/** @throws Error `EEXIST` if the name is taken */
export async function encryptBackup(
  plain: string,
  target: string,
  { recipients, stamp, keys }: { recipients: readonly string[]; stamp: Stamp; keys: KeyRing<SecretKey> },
): Promise<FileFacts> {
  const { Encrypter, Stanza } = await import('age-encryption');
  const encrypter = new Encrypter();
  for (const recipient of recipients) encrypter.addRecipient(recipient);
  const { createdAt, bytes } = stamp;
  const words = [stanzaType, createdAt, String(bytes), keys.active.kid, macOf(stamp, keys.active)];
  encrypter.addRecipient({ wrapFileKey: () => [new Stanza(words, new Uint8Array())] });
  await writeDurably({
    path: target,
    async write({ fd }) {
      const encrypted = await encrypter.encrypt(toWeb(createReadStream(plain, { highWaterMark: chunkBytes })));
      await pipeline(fromWeb(encrypted), createWriteStream(target, { fd, autoClose: false }));
    },
    async place(draft, path) {
      await refuseTaken(path);
      await rename(draft, path);
    },
  });
  return factsOf(target);
}

export async function isEncrypted(file: FileHandle): Promise<boolean> {
  const buffer = Buffer.alloc(intro.length);
  const { bytesRead } = await file.read(buffer, 0, buffer.length, 0);
  return buffer.subarray(0, bytesRead).toString('latin1') === intro;
}

/** Writes the backup inside to `target`. @throws PalestraError `backup_incompatible`, `backup_damaged` */
export async function decryptBackup(file: FileHandle, identities: readonly string[], target: string): Promise<void> {
  const { Decrypter } = await import('age-encryption');
  const decrypter = new Decrypter();
  for (const identity of identities) decrypter.addIdentity(identity);
  const source = Readable.from(bytesOf(file), { objectMode: false });
  try {
    const plain = await decrypter.decrypt(toWeb(source));
    await pipeline(fromWeb(plain), createWriteStream(target, { flags: 'wx', mode: 0o600 }));
  } catch (error) {
    if (error instanceof Error && 'errno' in error) throw error;
    if (/no identity matched/.test(String(error))) {
      throw backupIncompatible('it was encrypted for other keys than those of the identity file');
    }
    throw backupDamaged('it cannot be decrypted', error);
  } finally {
    source.destroy();
  }
}

/** A stream of the handle's own would close it when it is given up. */
async function* bytesOf(file: FileHandle): AsyncGenerator<Buffer> {
  for (let position = 0; ; ) {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(chunkBytes), 0, chunkBytes, position);
    if (bytesRead === 0) return;
    position += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

/** Undefined for a file that this installation has not encrypted, or that is not as long as it was. */
export async function readStamp(file: FileHandle, keys: KeyRing<SecretKey>): Promise<Stamp | undefined> {
  const buffer = Buffer.alloc(longestHeader);
  const { bytesRead } = await file.read(buffer, 0, buffer.length, 0);
  const head = buffer.subarray(0, bytesRead).toString('latin1');
  const [header] = /^age-encryption\.org\/v1\n[\s\S]*?\n--- [^\n]+\n/.exec(head) ?? [];
  const [, createdAt = '', size = '', kid = '', mac = ''] =
    new RegExp(`\n-> ${stanzaType} (\\S+) (\\d+) (\\S+) (\\S+)\n`).exec(header ?? '') ?? [];
  const key = keys.find(kid);
  const stamp = { createdAt, bytes: Number(size) };
  if (!header || !key || !isSame(macOf(stamp, key), mac)) return undefined;
  return (await file.stat()).size === header.length + encryptedBytes(stamp.bytes) ? stamp : undefined;
}

function encryptedBytes(bytes: number): number {
  return nonceBytes + bytes + Math.max(1, Math.ceil(bytes / chunkBytes)) * tagBytes;
}

function macOf({ createdAt, bytes }: Stamp, { secret }: SecretKey): string {
  return createHmac('sha256', secret).update(`${stanzaType} ${createdAt} ${bytes}`).digest('base64url');
}

function isSame(expected: string, found: string): boolean {
  const [a, b] = [Buffer.from(expected), Buffer.from(found)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** Node types the same streams twice. */
function toWeb(stream: Readable): globalThis.ReadableStream<Uint8Array> {
  return Readable.toWeb(stream) as globalThis.ReadableStream<Uint8Array>;
}

function fromWeb(stream: globalThis.ReadableStream<Uint8Array>): Readable {
  return Readable.fromWeb(stream as ReadableStream<Uint8Array>);
}

/** The identities in a file that `age-keygen` writes. @throws TypeError if there is none that can be used */
export function identitiesOf(text: string): string[] {
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  const identities = lines.filter((line) => line !== '' && !line.startsWith('#'));
  if (identities.length > 0 && identities.every((line) => /^AGE-SECRET-KEY-(PQ-)?1[0-9A-Z]+$/.test(line))) {
    return identities;
  }
  throw new TypeError('The identity file holds no secret key of age, such as AGE-SECRET-KEY-1… from age-keygen.');
}
