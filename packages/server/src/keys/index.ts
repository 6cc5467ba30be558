/** Keys: where they are kept, and how they reach those who use them. */
export type { KeySet, RetiredKey, StoredKey } from './key-file.js';
export type { KeyPurpose } from './purposes.js';
export { purposesIn, type Rotation, type RotationOptions, rotate } from './rotation.js';
export { createKeyStore, type KeyStoreOptions } from './store.js';
export type { KeyStore, OpenedKeys } from './types.js';
