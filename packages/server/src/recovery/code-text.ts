/** How a one-time code is written: 20 letters and digits in groups of five, without those that look alike. */
import { createHash, createHmac, type KeyObject, randomBytes } from 'node:crypto';

/** Crockford's base 32: no I, L, O, U. */
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const length = 20;

/** Of 100 random bits. */
export function randomCode(): string {
  return written(randomBytes(length));
}

/** The same for the same `seed`, so that a mail that is sent again holds the code that was stored for it. */
export function derivedCode(key: KeyObject, seed: string): string {
  return written(createHmac('sha256', key).update(seed).digest());
}

/** As it is stored. The case, spaces and hyphens of what somebody typed do not matter, nor O for 0, I and L for 1. */
export function hashOfCode(code: string): string {
  const plain = code.toUpperCase().replaceAll(/[\s-]/g, '').replaceAll('O', '0').replaceAll(/[IL]/g, '1');
  return createHash('sha256').update(plain).digest('base64url');
}

function written(bytes: Uint8Array): string {
  const characters = [...bytes.subarray(0, length)].map((byte) => alphabet[byte % alphabet.length]);
  return [0, 5, 10, 15].map((from) => characters.slice(from, from + 5).join('')).join('-');
}
