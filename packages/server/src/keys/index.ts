/** Keys: where they are kept, and how they reach those who use them. */
export type { KeySet, RetiredKey, StoredKey } from './key-file.js';
export { createKeyStore, type KeyStoreOptions } from './store.js';
export type { KeyStore, SecretPurpose } from './types.js';
