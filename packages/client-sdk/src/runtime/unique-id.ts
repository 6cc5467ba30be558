/** Identifiers: unguessable where the runtime has a source of randomness. */
import { runtime } from './runtime.js';

/** Random digits for ids to come: asking for bytes takes several microseconds, however few they are. */
let digits = '';

/**
 * For request ids, idempotency keys and refresh keys: 32 hexadecimal digits, a UUID that begins with the time (version 7,
 * RFC 9562 section 5.7), so that a server's index of keys grows at its end. 72 of its bits are random.
 */
export function uniqueId(): string {
  if (!digits) {
    const random = runtime.crypto?.getRandomValues?.(new Uint8Array(576)) ?? Array(576);
    digits = Array.from(random, (byte = Math.random() * 256) => (byte | 256).toString(16).slice(1)).join('');
  }
  const own = digits.slice(0, 18);
  digits = digits.slice(18);
  return own.replace(/.../, `0${Date.now().toString(16)}7$&8`);
}
