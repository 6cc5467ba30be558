/** Keys as the rest of authentication uses them; `key-material.ts` makes them from their stored text. */
import type { KeyObject, webcrypto } from 'node:crypto';

/** The keys of one purpose. What it gives may change between two calls, when keys are rotated. */
export interface KeyRing<Key extends { readonly kid: string }> {
  /** Signs, seals and derives what is new. */
  readonly active: Key;
  /** The active one first, then the next and those retired whose grace has not ended. */
  readonly usable: readonly Key[];
  /** Among `usable`. */
  find(kid: string): Key | undefined;
}

/** A symmetric secret of 256 bits. */
export interface SecretKey {
  readonly kid: string;
  readonly secret: KeyObject;
}

export const tokenAlgorithms = ['HS256', 'ES256', 'RS256'] as const;
export type TokenAlgorithm = (typeof tokenAlgorithms)[number];

export interface TokenKey {
  readonly kid: string;
  readonly algorithm: TokenAlgorithm;
  readonly sign: KeyObject;
  readonly verify: KeyObject;
  /** Undefined for a secret, which has no public half. */
  readonly publicJwk: PublicJwk | undefined;
}

/** An RSA key that credentials are sealed for. */
export interface SealingKey {
  readonly kid: string;
  /** SPKI PEM. */
  readonly publicKey: string;
  readonly publicJwk: PublicJwk;
  /** RSA-OAEP with SHA-256, not extractable. */
  readonly decrypt: webcrypto.CryptoKey;
  /** Big-endian; a block has its length and is below it. */
  readonly modulus: Buffer;
}

/** RFC 7517, public members only. */
export type PublicJwk =
  | {
      readonly kty: 'RSA';
      readonly use: 'enc' | 'sig';
      readonly alg: 'RSA-OAEP-256' | 'RS256';
      readonly kid: string;
      readonly n: string;
      readonly e: string;
    }
  | {
      readonly kty: 'EC';
      readonly use: 'sig';
      readonly alg: 'ES256';
      readonly kid: string;
      readonly crv: 'P-256';
      readonly x: string;
      readonly y: string;
    };
