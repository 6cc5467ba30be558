/**
 * Libraries that no start needs, loaded when they are first used: together they are a tenth of the modules of a server.
 * `loadLibraries` loads those that most requests need, so that none has to wait for them. argon2 is not among them: its
 * native code takes 5 MB, and 10 ms of the first sign-in, which takes longer for the password.
 */
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** Of jose what opens a JWE. */
export const jwe: () => Promise<typeof import('jose/jwe/compact/decrypt')> = kept(
  () => import('jose/jwe/compact/decrypt'),
);
export const argon2: () => Promise<typeof import('@node-rs/argon2')> = kept(() => import('@node-rs/argon2'));
export const nodeRsa = (): typeof import('node-rsa') => require('node-rsa');
export const jsonwebtoken = (): typeof import('jsonwebtoken') => require('jsonwebtoken');

export async function loadLibraries(): Promise<void> {
  await jwe();
  jsonwebtoken();
}

/** `import()` looks a module up each time, and behind a loader hook such as tsx asks another thread. */
function kept<Library>(load: () => Promise<Library>): () => Promise<Library> {
  let library: Promise<Library> | undefined;
  return () => {
    library ??= load();
    return library;
  };
}
