/**
 * What is kept of a request and its answer. Answers may hold tokens, so they are encrypted, and requests may hold
 * passwords, so their fingerprint is keyed: both with a key that is not in the database and in no backup.
 */
import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';
import type { KeyRing, SecretKey } from '@palestra/core/auth';

const ivBytes = 12;
const tagBytes = 16;

export interface AnswerCipher {
  /** `<kid>.<base64url of iv, ciphertext and tag>`, bound to the key it is kept under. */
  seal(answer: string, digest: string): string;
  /** Undefined where its key is gone: after two days, or when the keys were replaced. */
  open(sealed: string, digest: string): string | undefined;
  /** Of what is asked for, by each key that is still usable: an earlier request may have been kept under another. */
  fingerprints(content: string): readonly string[];
}

export function createCipher(keys: KeyRing<SecretKey>): AnswerCipher {
  return {
    seal(answer, digest) {
      const { kid, secret } = keys.active;
      const iv = randomBytes(ivBytes);
      const cipher = createCipheriv('aes-256-gcm', secret, iv).setAAD(Buffer.from(digest));
      const sealed = Buffer.concat([iv, cipher.update(answer, 'utf8'), cipher.final(), cipher.getAuthTag()]);
      return `${kid}.${sealed.toString('base64url')}`;
    },
    open(sealed, digest) {
      const [kid = '', text = ''] = sealed.split('.');
      const found = keys.find(kid);
      if (!found) return undefined;
      const bytes = Buffer.from(text, 'base64url');
      const decipher = createDecipheriv('aes-256-gcm', found.secret, bytes.subarray(0, ivBytes))
        .setAAD(Buffer.from(digest))
        .setAuthTag(bytes.subarray(-tagBytes));
      return decipher.update(bytes.subarray(ivBytes, -tagBytes), undefined, 'utf8') + decipher.final('utf8');
    },
    fingerprints: (content) =>
      keys.usable.map(({ secret }) => createHmac('sha256', secret).update(content).digest('hex')),
  };
}
