/** The key store: one set of keys for each purpose, outside the database, shared by all instances. */
import type { KeyRing, SealingKey, SecretKey, TokenAlgorithm, TokenKey } from '@palestra/core/auth';
import type { SecretPurpose } from './secret-purpose.js';

/** The keys of one purpose, by name. */
export interface OpenedKeys {
  readonly purpose: string;
  readonly active: string;
  /** When the active one was made, in milliseconds since the epoch. */
  readonly activeSince: number;
  /** All that its file names, the active one first. */
  readonly kids: readonly string[];
}

/** A ring is loaded, or created at the first start, when it is first asked for; while polled it follows the files. */
export interface KeyStore {
  readonly directory: string;
  /** Rises whenever a changed file was read: what a key vouched for before is checked again. */
  readonly revision: number;
  sealing(): Promise<KeyRing<SealingKey>>;
  /** For the tokens of people. */
  tokens(algorithm: TokenAlgorithm): Promise<KeyRing<TokenKey>>;
  /** For the tokens of machines, which never expire: keys of their own, so that a rotation of the others ends none. */
  machineTokens(algorithm: TokenAlgorithm): Promise<KeyRing<TokenKey>>;
  secrets(purpose: SecretPurpose): Promise<KeyRing<SecretKey>>;
  /** Replaces every secret of the purpose by a new one: what was made with them stops working. */
  renew(purpose: SecretPurpose): Promise<void>;
  /** The rings that have been opened. */
  opened(): Promise<OpenedKeys[]>;
  /** Looks for changed files now instead of at the next poll. */
  refresh(): Promise<void>;
  /** From now on the rings follow the files. */
  poll(): void;
  /** Ends the polling, which may begin again; the rings keep what they have. */
  close(): void;
}
