/** What each key is for, in one table: how it is generated and named, and how long it is kept after its retirement. */
import {
  generateRsaKey,
  generateSecret,
  generateTokenKey,
  sealingKeyOf,
  secretKeyOf,
  type TokenAlgorithm,
  tokenKeyOf,
} from '@palestra/core/auth';
import type { StoredKey } from './key-file.js';
import type { SecretPurpose } from './secret-purpose.js';

type SigningPurpose = `${'token' | 'machine'}-${Lowercase<TokenAlgorithm>}`;

/** Also the name of its file, without `.json`. */
export type KeyPurpose = 'seal' | SigningPurpose | SecretPurpose;

export interface PurposeFacts {
  generate(): string | Promise<string>;
  /** @throws Error if the stored text is not a key for this purpose */
  kidOf(stored: string): string | Promise<string>;
  /** As long as what it made can still be used; Infinity where that has no end. */
  readonly retiredForMs: number;
  /** Why a retired key is never ended early; a sentence. */
  readonly neededFor?: string;
}

const day = 24 * 60 * 60 * 1000;
/** The longest an access token may live (`adminTokenSeconds`). */
const longestTokenMs = 2_628_000_000;

const kidOfSecret = (stored: string) => secretKeyOf(stored).kid;

export const purposes: Readonly<Record<KeyPurpose, PurposeFacts>> = {
  seal: { generate: generateRsaKey, kidOf: async (stored) => (await sealingKeyOf(stored)).kid, retiredForMs: day },
  'token-hs256': signing('HS256', longestTokenMs),
  'token-es256': signing('ES256', longestTokenMs),
  'token-rs256': signing('RS256', longestTokenMs),
  // Tokens of machines do not expire; their row ends them.
  'machine-hs256': signing('HS256', Infinity),
  'machine-es256': signing('ES256', Infinity),
  'machine-rs256': signing('RS256', Infinity),
  // Derives the successor that a retry within the grace of 10 s gets again.
  refresh: { generate: generateSecret, kidOf: kidOfSecret, retiredForMs: day },
  // A password that is never used again keeps its hash.
  pepper: {
    generate: generateSecret,
    kidOf: kidOfSecret,
    retiredForMs: Infinity,
    neededFor: 'every password that was hashed with it would be lost. It opens nothing without those hashes.',
  },
  qr: { generate: generateSecret, kidOf: kidOfSecret, retiredForMs: day },
  // A new key starts every count again.
  'rate-limit': { generate: generateSecret, kidOf: kidOfSecret, retiredForMs: 0 },
  // Answers are kept for a day under the key that was active then.
  idempotency: { generate: generateSecret, kidOf: kidOfSecret, retiredForMs: 2 * day },
  // Mails that are still to be sent wait for half an hour, and their codes are good as long.
  mail: { generate: generateSecret, kidOf: kidOfSecret, retiredForMs: day },
  code: { generate: generateSecret, kidOf: kidOfSecret, retiredForMs: day },
  audit: {
    generate: generateSecret,
    kidOf: kidOfSecret,
    retiredForMs: Infinity,
    neededFor: 'the entries of its time could not be verified any more.',
  },
  backup: {
    generate: generateSecret,
    kidOf: kidOfSecret,
    retiredForMs: Infinity,
    neededFor: 'the backups of its time could not be verified any more.',
  },
};

const signingNames = { HS256: 'hs256', ES256: 'es256', RS256: 'rs256' } as const;

export function signingPurpose(kind: 'token' | 'machine', algorithm: TokenAlgorithm): SigningPurpose {
  return `${kind}-${signingNames[algorithm]}`;
}

export function isKeyPurpose(name: string): name is KeyPurpose {
  return Object.hasOwn(purposes, name);
}

export async function newKey(purpose: KeyPurpose, now: number): Promise<StoredKey> {
  const { generate, kidOf } = purposes[purpose];
  const key = await generate();
  return { kid: await kidOf(key), key, createdAt: new Date(now).toISOString() };
}

function signing(algorithm: TokenAlgorithm, retiredForMs: number): PurposeFacts {
  const kidOf = (stored: string) => tokenKeyOf(algorithm, stored).kid;
  return { generate: () => generateTokenKey(algorithm), kidOf, retiredForMs };
}
