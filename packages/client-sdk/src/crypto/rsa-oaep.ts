/** RSA-OAEP (RFC 8017 section 7.1.1) with SHA-256, MGF1 with SHA-256 and an empty label: public keys only. */
import type { RsaPublicKey } from './rsa-key.js';
import { sha256 } from './sha256.js';

const hashLength = 32;

/** @param seed 32 random bytes */
export function rsaOaepSha256({ n, e }: RsaPublicKey, plaintext: Uint8Array, seed: Uint8Array): Uint8Array {
  const data = new Uint8Array(n.length - hashLength - 1);
  const start = data.length - plaintext.length;
  if (start <= hashLength) throw new RangeError('The plaintext is too long for the key');
  data.set(sha256(new Uint8Array()));
  data[start - 1] = 1;
  data.set(plaintext, start);
  const maskedData = mask(data, seed);
  const maskedSeed = mask(seed, maskedData);
  const message = Uint8Array.from([0, ...maskedSeed, ...maskedData]);
  return bytesOf(power(integerOf(message), integerOf(e), integerOf(n)), n.length);
}

/** MGF1, appendix B.2.1. */
function mask(data: Uint8Array, seed: Uint8Array): Uint8Array {
  const masked = Uint8Array.from(data);
  for (let at = 0; at < data.length; at += hashLength) {
    const hash = sha256(Uint8Array.from([...seed, 0, 0, 0, at / hashLength]));
    masked.subarray(at).forEach((byte, index) => {
      if (index < hashLength) masked[at + index] = byte ^ (hash[index] ?? 0);
    });
  }
  return masked;
}

/** Without literals such as `2n`, which programs for older targets refuse. */
const [zero, one] = [BigInt(0), BigInt(1)];

/** The exponent is public: its bits may show in the time. */
function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = one;
  let square = base;
  for (let left = exponent; left > zero; left >>= one) {
    if (left & one) result = (result * square) % modulus;
    square = (square * square) % modulus;
  }
  return result;
}

function integerOf(bytes: Uint8Array): bigint {
  return BigInt(`0x${Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')}`);
}

function bytesOf(integer: bigint, length: number): Uint8Array {
  const text = integer.toString(16).padStart(length * 2, '0');
  return Uint8Array.from({ length }, (_, at) => Number(`0x${text.slice(at * 2, at * 2 + 2)}`));
}
