/** The key store: one set of keys a purpose, outside the database, shared by all instances (decision D4). */
import type { KeyRing, SealingKey, SecretKey, TokenAlgorithm, TokenKey } from '@palestra/core/auth';

/** Purposes of the 256-bit secrets that are not token keys; one key serves one purpose. */
export type SecretPurpose = 'refresh' | 'pepper' | 'qr' | 'audit';

/** A ring is loaded, or made at the first start, when it is first asked for; afterwards it follows the files. */
export interface KeyStore {
  readonly directory: string;
  sealing(): Promise<KeyRing<SealingKey>>;
  tokens(algorithm: TokenAlgorithm): Promise<KeyRing<TokenKey>>;
  secrets(purpose: SecretPurpose): Promise<KeyRing<SecretKey>>;
  /** Looks for changed files now instead of at the next poll. */
  refresh(): Promise<void>;
  /** Ends the polling; the rings keep what they have. */
  close(): void;
}
