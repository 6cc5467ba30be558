/** Real keys and an in-memory store, shared by the tests of one run: making RSA keys takes half a second. */
import { generateKeyPairSync } from 'node:crypto';
import type { Clock } from '@palestra/core';
import {
  generateRsaKey,
  generateSecret,
  type KeyRing,
  type ReplayStore,
  type SealingKey,
  type SecretKey,
  sealingKeyOf,
  secretKeyOf,
  type TokenAlgorithm,
  type TokenKey,
  tokenKeyOf,
} from '@palestra/core/auth';

export interface TestClock extends Clock {
  advance(milliseconds: number): void;
}

export function createClock(start = Date.UTC(2026, 10, 20)): TestClock {
  let now = start;
  return {
    now: () => now,
    advance(milliseconds) {
      now += milliseconds;
    },
  };
}

export function ringOf<Key extends { readonly kid: string }>(...keys: [Key, ...Key[]]): KeyRing<Key> {
  return { active: keys[0], usable: keys, find: (kid) => keys.find((key) => key.kid === kid) };
}

let rsa: Promise<[SealingKey, SealingKey]> | undefined;

/** Two keys, the same for the whole run. */
export function sealingKeys(): Promise<[SealingKey, SealingKey]> {
  rsa ??= Promise.all([generateRsaKey().then(sealingKeyOf), generateRsaKey().then(sealingKeyOf)]);
  return rsa;
}

export function secretKey(): SecretKey {
  return secretKeyOf(generateSecret());
}

/** Made at once, while a test file is loaded; those of a server are made beside its work. */
export function tokenKey(algorithm: TokenAlgorithm = 'HS256'): TokenKey {
  return tokenKeyOf(algorithm, newText[algorithm]());
}

const pkcs8 = { type: 'pkcs8', format: 'pem' } as const;
const newText: Readonly<Record<TokenAlgorithm, () => string>> = {
  HS256: generateSecret,
  ES256: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export(pkcs8).toString(),
  RS256: () => generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export(pkcs8).toString(),
};

export function createReplay(): ReplayStore & { readonly used: Map<string, number> } {
  const used = new Map<string, number>();
  return {
    used,
    async use(id, expiresAt) {
      if (used.has(id)) return false;
      used.set(id, expiresAt);
      return true;
    },
  };
}

/** The code of the PalestraError that `act` throws or rejects with; undefined if it does neither. */
export async function codeOf(act: () => unknown): Promise<string | undefined> {
  try {
    await act();
    return undefined;
  } catch (error) {
    return (error as { fact?: { code: string } }).fact?.code ?? String(error);
  }
}
