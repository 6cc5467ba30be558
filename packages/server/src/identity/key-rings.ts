/** Every key that identity works with, and what is recorded of them. */
import type { KeyRing, SealingKey, SecretKey, TokenAlgorithm, TokenKey } from '@palestra/core/auth';
import type { KeyStore, OpenedKeys } from '../keys/types.js';

export interface KeyRings {
  readonly sealing: KeyRing<SealingKey>;
  /** Of people. */
  readonly tokens: KeyRing<TokenKey>;
  readonly machines: KeyRing<TokenKey>;
  readonly refresh: KeyRing<SecretKey>;
  readonly pepper: KeyRing<SecretKey>;
}

/** What two instances must agree on to serve one database. */
const recorded = /^(?:seal|refresh|pepper|(?:token|machine)-.*)$/;

export async function openKeyRings(keys: KeyStore, algorithm: TokenAlgorithm): Promise<KeyRings> {
  return {
    sealing: await keys.sealing(),
    tokens: await keys.tokens(algorithm),
    machines: await keys.machineTokens(algorithm),
    refresh: await keys.secrets('refresh'),
    pepper: await keys.secrets('pepper'),
  };
}

export async function keysToRecord(keys: KeyStore): Promise<OpenedKeys[]> {
  return (await keys.opened()).filter(({ purpose }) => recorded.test(purpose));
}
