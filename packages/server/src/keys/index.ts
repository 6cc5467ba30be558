/** Keys: where they are kept, and how they reach those who use them. */
export type { KeySet } from './key-file.js';
export type { KeyPurpose } from './purposes.js';
export { purposesIn, type Rotation, rotate } from './rotation.js';
export { createKeyStore } from './store.js';
export type { KeyStore } from './types.js';
