/** The primitives that sealing needs: WebCrypto's, or the app's own where there is no WebCrypto. */
import type { Runtime, Subtle } from '../runtime/runtime.js';

/** For runtimes without `crypto.subtle`; the default there is plain JavaScript, `@palestra/client/portable`. */
export interface CryptoProvider {
  /** Cryptographically random. */
  randomBytes(length: number): Uint8Array | Promise<Uint8Array>;
  /** RSA-OAEP with SHA-256, MGF1 with SHA-256 and an empty label; `spki` is the public key in DER. */
  rsaOaepSha256(spki: Uint8Array, plaintext: Uint8Array): Promise<Uint8Array>;
  /** AES-256-GCM: the ciphertext followed by the tag of 16 bytes. */
  aes256Gcm(input: AesGcmInput): Promise<Uint8Array>;
  /** Only for `pinnedKids`. */
  sha256?(data: Uint8Array): Promise<Uint8Array>;
}

/** The input of `aes256Gcm`. */
export interface AesGcmInput {
  /** 32 bytes. */
  readonly key: Uint8Array;
  /** 12 bytes. */
  readonly iv: Uint8Array;
  readonly plaintext: Uint8Array;
  readonly additionalData: Uint8Array;
}

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
