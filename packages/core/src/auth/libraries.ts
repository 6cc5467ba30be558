/**
 * Libraries that no start needs, loaded when they are first used: together they are a tenth of the modules of a server.
 * `loadLibraries` loads those that most requests need, so that none has to wait for them. argon2 is not among them: its
 * native code takes 5 MB, and 10 ms of the first sign-in, which takes longer for the password.
 *
 * By `require`, which tries again after a load that failed, such as one without a free file descriptor. `import()` does
 * not: Node keeps its failure until the process ends.
 */
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** Found at the start: Node keeps it until the process ends if it could not read what a package exports. */
const jwePath = require.resolve('jose/jwe/compact/decrypt');

/** Of jose what opens a JWE. */
export const jwe = (): typeof import('jose/jwe/compact/decrypt') => require(jwePath);
export const argon2 = (): typeof import('@node-rs/argon2') => require('@node-rs/argon2');
export const nodeRsa = (): typeof import('node-rsa') => require('node-rsa');
export const jsonwebtoken = (): typeof import('jsonwebtoken') => require('jsonwebtoken');

export function loadLibraries(): void {
  jwe();
  jsonwebtoken();
}
