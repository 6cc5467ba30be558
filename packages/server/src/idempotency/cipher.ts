/**
 * What is kept of a request and its answer. Answers may hold tokens, so they are encrypted, unless they say nothing but
 * what a table of resources says; requests may hold passwords, so their fingerprint is keyed: both with a key that is not
 * in the database and in no backup.
 */
import { createHmac } from 'node:crypto';
import type { KeyRing, SecretKey } from '@palestra/core/auth';
import { createCipher } from '../keys/cipher.js';
import type { KeptAnswer } from './answer.js';

/** Answers are kept for two days; the context of each is the digest that it is kept under. */
export interface AnswerCipher {
  /** Encrypted, unless it holds no secret. */
  seal(answer: KeptAnswer, context: string): string;
  /** Undefined where its key is gone. */
  open(kept: string, context: string): string | undefined;
  /** Of what is asked for, by each key that is still usable: an earlier request may have been kept under another. */
  fingerprints(content: string): readonly string[];
}

export function createAnswerCipher(keys: KeyRing<SecretKey>): AnswerCipher {
  const cipher = createCipher(keys);
  return {
    seal: ({ text, isOpen }, context) => (isOpen ? text : cipher.seal(text, context)),
    // Encrypted text begins with the id of its key.
    open: (kept, context) => (kept.startsWith('{') ? kept : cipher.open(kept, context)),
    fingerprints: (content) =>
      keys.usable.map(({ secret }) => createHmac('sha256', secret).update(content).digest('hex')),
  };
}
