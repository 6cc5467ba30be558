/**
 * What is kept of a request and its answer. Answers may hold tokens, so they are encrypted, and requests may hold
 * passwords, so their fingerprint is keyed: both with a key that is not in the database and in no backup.
 */
import { createHmac } from 'node:crypto';
import type { KeyRing, SecretKey } from '@palestra/core/auth';
import { type Cipher, createCipher } from '../keys/cipher.js';

/** Answers are kept for two days; the context of each is the digest that it is kept under. */
export interface AnswerCipher extends Cipher {
  /** Of what is asked for, by each key that is still usable: an earlier request may have been kept under another. */
  fingerprints(content: string): readonly string[];
}

export function createAnswerCipher(keys: KeyRing<SecretKey>): AnswerCipher {
  return {
    ...createCipher(keys),
    fingerprints: (content) =>
      keys.usable.map(({ secret }) => createHmac('sha256', secret).update(content).digest('hex')),
  };
}
