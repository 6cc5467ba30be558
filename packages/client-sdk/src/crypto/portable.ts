/**
 * `@palestra/client/portable`: sealing in plain JavaScript, for runtimes without `crypto.subtle`. The client loads it
 * there by itself, if there is `crypto.getRandomValues`; elsewhere pass `crypto: portableCrypto(randomBytes)`.
 *
 * It encrypts only, with public keys and with content keys that are made for one value. Nothing secret is used twice, so
 * that no attacker can measure the time of many operations with one secret; it promises nothing beyond that.
 */
import type { Runtime } from '../runtime/runtime.js';
import { aes256Gcm } from './aes-gcm.js';
import type { CryptoProvider } from './provider.js';
import { readRsaKey } from './rsa-key.js';
import { rsaOaepSha256 } from './rsa-oaep.js';
import { sha256 } from './sha256.js';

export type { AesGcmInput, CryptoProvider } from './provider.js';

/** @param randomBytes of a cryptographic source; `crypto.getRandomValues` by default */
export function portableCrypto(randomBytes: CryptoProvider['randomBytes'] = runtimeRandomBytes): CryptoProvider {
  return {
    randomBytes,
    async rsaOaepSha256(spki, plaintext) {
      return rsaOaepSha256(readRsaKey(spki), plaintext, await randomBytes(32));
    },
    aes256Gcm: async (input) => aes256Gcm(input),
    sha256: async (data) => sha256(data),
  };
}

function runtimeRandomBytes(length: number): Uint8Array {
  const { crypto } = globalThis as Runtime;
  const bytes = crypto?.getRandomValues?.(new Uint8Array(length));
  if (bytes) return bytes;
  throw new Error('There is no source of random bytes here: pass one to portableCrypto');
}
