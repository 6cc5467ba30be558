/** The primitives that sealing needs: WebCrypto's, or the app's own where there is no WebCrypto. */
import { base64url, utf8 } from '../runtime/bytes.js';
import { runtime, type Subtle } from '../runtime/runtime.js';

/** For React Native's Hermes, mini-programs and insecure origins, which have no `crypto.subtle`. */
export interface CryptoProvider {
  /** Cryptographically random. */
  randomBytes(length: number): Uint8Array;
  /** RSA-OAEP with SHA-256, MGF1 with SHA-256 and an empty label; `spki` is the public key in DER. */
  rsaOaepSha256(spki: Uint8Array, plaintext: Uint8Array): Promise<Uint8Array>;
  /** AES-256-GCM: the ciphertext followed by the tag of 16 bytes. */
  aes256Gcm(input: AesGcmInput): Promise<Uint8Array>;
  /** RFC 7638 thumbprint (SHA-256, base64url) of an RSA key in SPKI; only `pinnedKids` needs it. */
  thumbprint?(spki: Uint8Array): Promise<string>;
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
export function webCrypto(): CryptoProvider | undefined {
  const { crypto } = runtime;
  const subtle = crypto?.subtle;
  if (crypto === undefined || subtle === undefined) return undefined;
  return {
    randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
    async rsaOaepSha256(spki, plaintext) {
      return new Uint8Array(await subtle.encrypt(rsaOaep, await importRsa(subtle, spki), plaintext));
    },
    async aes256Gcm({ key, iv, plaintext, additionalData }) {
      const algorithm = { name: 'AES-GCM', iv, additionalData };
      const imported = await subtle.importKey('raw', key, { name: 'AES-GCM' }, false, ['encrypt']);
      return new Uint8Array(await subtle.encrypt(algorithm, imported, plaintext));
    },
    async thumbprint(spki) {
      const { e, n } = await subtle.exportKey('jwk', await importRsa(subtle, spki));
      return base64url(new Uint8Array(await subtle.digest('SHA-256', utf8(JSON.stringify({ e, kty: 'RSA', n })))));
    },
  };
}

const rsaOaep = { name: 'RSA-OAEP', hash: 'SHA-256' };

function importRsa(subtle: Subtle, spki: Uint8Array): Promise<unknown> {
  return subtle.importKey('spki', spki, rsaOaep, true, ['encrypt']);
}
