/**
 * Libraries that no start needs, loaded when they are first used: together they are a tenth of the modules of a server.
 * `loadLibraries` loads them all, so that no request has to wait for them.
 */
export const jose = (): Promise<typeof import('jose')> => import('jose');
export const argon2 = (): Promise<typeof import('@node-rs/argon2')> => import('@node-rs/argon2');

export async function loadLibraries(): Promise<void> {
  await Promise.all([jose(), argon2()]);
}
