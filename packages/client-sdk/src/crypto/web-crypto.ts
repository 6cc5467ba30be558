/** The primitives by WebCrypto. */
import type { Runtime, Subtle } from '../runtime/runtime.js';
import type { CryptoProvider } from './provider.js';

/** Undefined where the runtime has no WebCrypto. */
export function webCrypto({ crypto }: Runtime): CryptoProvider | undefined {
  const subtle = crypto?.subtle;
  if (subtle === undefined) return undefined;
  return {
    randomBytes: (length) => crypto?.getRandomValues?.(new Uint8Array(length)) ?? new Uint8Array(),
    rsaOaepSha256: (spki, plaintext) => encrypt(subtle, 'spki', spki, rsaOaep, plaintext),
    aes256Gcm: ({ key, plaintext, ...parameters }) =>
      encrypt(subtle, 'raw', key, { name: 'AES-GCM', ...parameters }, plaintext),
    sha256: async (data) => new Uint8Array(await subtle.digest('SHA-256', data)),
  };
}

const rsaOaep = { name: 'RSA-OAEP', hash: 'SHA-256' };

async function encrypt(subtle: Subtle, format: string, bytes: Uint8Array, algorithm: object, plaintext: Uint8Array) {
  const key = await subtle.importKey(format, bytes, algorithm, false, ['encrypt']);
  return new Uint8Array(await subtle.encrypt(algorithm, key, plaintext));
}
