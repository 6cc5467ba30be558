/** All that credentials need; loaded with the first sign-in. */
export { createSeal } from './sealer.js';
export { userPass } from './user-pass.js';
