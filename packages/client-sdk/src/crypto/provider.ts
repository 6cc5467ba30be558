/** The primitives that sealing needs. */

/** The default is WebCrypto, and plain JavaScript (`@palestra/client/portable`) where there is no `crypto.subtle`. */
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
