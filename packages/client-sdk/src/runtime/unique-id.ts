/** Identifiers that have to be unique, not secret. */
import { runtime } from './runtime.js';

/** For request ids and idempotency keys. */
export function uniqueId(): string {
  return runtime.crypto?.randomUUID?.() ?? Array.from({ length: 4 }, randomWord).join('');
}

function randomWord(): string {
  return Math.floor(Math.random() * 2 ** 32)
    .toString(16)
    .padStart(8, '0');
}
