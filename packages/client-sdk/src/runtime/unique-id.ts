/** Identifiers: unguessable where the runtime has a source of randomness. */
import { runtime } from './runtime.js';

/** For request ids, idempotency keys and refresh keys: 32 to 36 characters of the url alphabet. */
export function uniqueId(): string {
  const { crypto } = runtime;
  return crypto?.randomUUID?.() ?? Array.from(crypto?.getRandomValues?.(new Uint8Array(16)) ?? Array(16), hex).join('');
}

function hex(byte: number = Math.random() * 256): string {
  return Math.floor(byte).toString(16).padStart(2, '0');
}
