/** The tables that authentication needs of its host: accounts, refresh tokens, and sealed values that were opened. */
import type { Role } from '../privilege.js';

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
  /** By the `key` of a user name or an email; see `parseAccountName`. */
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

/** Where somebody signed in. */
export interface SessionOrigin {
  /** The client's own name for itself: its `User-Agent`. */
  readonly agent: string | null;
  readonly ip: string;
}

export interface RefreshTokenStore {
  /** The first of its family. */
  insert(row: RefreshTokenRow, origin?: SessionOrigin): Promise<void>;
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
  revokeFamily(row: Pick<RefreshTokenRow, 'family' | 'accountId'>, now: number): Promise<void>;
  /** After a reuse: revokes the family and ends every access token of its account, in one transaction. */
  revokeReused(row: RefreshTokenRow, now: number): Promise<void>;
}
