/** What authentication asks of its host: accounts, keys, tokens and the clock, through interfaces this small. */
import type { KeyObject, webcrypto } from 'node:crypto';
import type { Role } from '../privilege.js';

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

/** An account as authentication needs it. */
export interface StoredAccount {
  readonly id: number;
  readonly username: string;
  readonly email: string | null;
  readonly firstName: string | null;
  readonly lastName: string | null;
  readonly role: Role;
  readonly disabled: boolean;
  /** Raised to end every token of the account. */
  readonly tokenVersion: number;
  /** A PHC string; null where the account has no password. */
  readonly passwordHash: string | null;
}

export interface AccountStore {
  /** By the key (`nameKey`) of a user name or an email. */
  findByNameKey(key: string): Promise<StoredAccount | undefined>;
  /** The most SHA-crypt rounds that a wrapped password of any account takes; 0 where there is none. */
  legacyRounds(): Promise<number>;
  /** Compare-and-swap, so that a password change meanwhile is not undone. */
  replacePasswordHash(id: number, from: string, to: string): Promise<void>;
}

/** Sealed values that were opened, remembered across instances and restarts. */
export interface ReplayStore {
  /** True for the first call with `id`; false for every later one until `expiresAt` (milliseconds). */
  use(id: string, expiresAt: number): Promise<boolean>;
}

export interface RefreshTokenRow {
  /** SHA-256 of the token, base64url. */
  readonly hash: string;
  readonly accountId: number;
  /** What every token descending from one sign-in shares. */
  readonly family: string;
  /** 0 at the sign-in, one more at each rotation; unique within the family. */
  readonly generation: number;
  /** `hash` of the token this one succeeded. */
  readonly parent: string | null;
  readonly issuedAt: number;
  readonly usedAt: number | null;
  readonly revokedAt: number | null;
  /** After this the token is dead if it was not used. */
  readonly expiresAt: number;
  /** After this the whole family is dead. */
  readonly familyExpiresAt: number;
}

export interface RefreshTokenStore {
  insert(row: RefreshTokenRow): Promise<void>;
  find(hash: string): Promise<RefreshTokenRow | undefined>;
  /** The one row of the family's next generation. */
  findSuccessor(row: RefreshTokenRow): Promise<RefreshTokenRow | undefined>;
  /**
   * In one transaction: marks `hash` used at `now` if it is unused, unrevoked and unexpired, and inserts what
   * `successor` makes of it, which it returns. Undefined, with nothing changed, if it was not.
   */
  rotate(
    hash: string,
    now: number,
    successor: (parent: RefreshTokenRow) => RefreshTokenRow,
  ): Promise<RefreshTokenRow | undefined>;
  /** Revokes every token of the family. */
  revokeFamily(family: string, now: number): Promise<void>;
  /** Revokes the family and ends every access token of its account, in one transaction. */
  punishReuse(row: RefreshTokenRow, now: number): Promise<void>;
}
