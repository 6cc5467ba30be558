/** Encrypts text that has to be kept in the database for a while, with a key that is not in it and in no backup. */
import { createCipheriv, createDecipheriv, randomFillSync } from 'node:crypto';
import type { KeyRing, SecretKey } from '@palestra/core/auth';

const ivBytes = 12;
const tagBytes = 16;

/** Asking for many random bytes at once costs a fraction of asking each time. */
const pool = Buffer.alloc(ivBytes * 128);
let used = pool.length;

function nextIv(): Buffer {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += ivBytes;
  // A copy, since the pool is filled again.
  return Buffer.from(pool.subarray(used - ivBytes, used));
}

export interface Cipher {
  /** `<kid>.<base64url of iv, ciphertext and tag>` (AES-256-GCM), which opens only for the same `context`. */
  seal(text: string, context: string): string;
  /** Undefined where its key is gone. */
  open(sealed: string, context: string): string | undefined;
}

export function createCipher(keys: KeyRing<SecretKey>): Cipher {
  return {
    seal(text, context) {
      const { kid, secret } = keys.active;
      const iv = nextIv();
      const cipher = createCipheriv('aes-256-gcm', secret, iv).setAAD(Buffer.from(context));
      const sealed = Buffer.concat([iv, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
      return `${kid}.${sealed.toString('base64url')}`;
    },
    open(sealed, context) {
      const [kid = '', text = ''] = sealed.split('.');
      const found = keys.find(kid);
      if (!found) return undefined;
      const bytes = Buffer.from(text, 'base64url');
      const decipher = createDecipheriv('aes-256-gcm', found.secret, bytes.subarray(0, ivBytes))
        .setAAD(Buffer.from(context))
        .setAuthTag(bytes.subarray(-tagBytes));
      return decipher.update(bytes.subarray(ivBytes, -tagBytes), undefined, 'utf8') + decipher.final('utf8');
    },
  };
}
