/** Identifiers: unguessable where the runtime has a source of randomness. */
import { runtime } from './runtime.js';

/**
 * For request ids, idempotency keys and refresh keys: 32 hexadecimal digits, a UUID that begins with the time (version 7,
 * RFC 9562 section 5.7), so that a server's index of keys grows at its end. 72 of its bits are random.
 */
export function uniqueId(): string {
  const random = runtime.crypto?.getRandomValues?.(new Uint8Array(9)) ?? Array(9);
  const digits = Array.from(random, (byte = Math.random() * 256) => (byte | 256).toString(16).slice(1)).join('');
  return digits.replace(/.../, `0${Date.now().toString(16)}7$&8`);
}
