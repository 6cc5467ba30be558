/** Password hashes as PHC strings: one table says how each kind is computed, so that old ones stay readable. */
import { createHmac, randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import type { KeyRing, SecretKey } from './keys.js';
import { innerDigest, type LegacyHash, roundsOf, scryptRounds, spendRounds } from './legacy-hashes.js';
import { argon2 } from './libraries.js';

/** A parsed PHC string: `$id$v=19$m=…,t=…$salt$digest`. */
interface Phc {
  readonly id: string;
  readonly parameters: ReadonlyMap<string, string>;
  readonly salt: Buffer;
  readonly digest: Buffer;
}

/** What argon2id costs: KiB of memory, passes and lanes. */
export interface PasswordCost {
  readonly m: number;
  readonly t: number;
  readonly p: number;
}

/** OWASP's minimum for argon2id: 19 MiB, two passes, one lane. */
export const owaspMinimum: PasswordCost = { m: 19456, t: 2, p: 1 };

/** How a new hash is made. */
interface Hashing {
  /** Keys an HMAC over the digest, so that a stolen table alone cannot be guessed against. */
  readonly pepper: KeyRing<SecretKey> | undefined;
  readonly cost: PasswordCost;
}
const saltBytes = 16;
const digestBytes = 32;

const phc =
  /^\$([a-z0-9-]{1,32})(?:\$v=19)?\$([a-z]+=[A-Za-z0-9/+.-]+(?:,[a-z]+=[A-Za-z0-9/+.-]+)*)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/;

type Derive = (password: string, stored: Phc) => Promise<Buffer>;

const scryptAsync = promisify<string, Buffer, number, { N: number; r: number; p: number; maxmem: number }, Buffer>(
  scrypt,
);

/** By PHC id. Costs are capped, so that no stored string makes a sign-in expensive. */
const derivations: ReadonlyMap<string, Derive> = new Map<string, Derive>([
  [
    'argon2id',
    (password, { parameters, salt, digest }) =>
      argon2id(password, salt, digest.length, {
        m: numberIn(parameters, 'm', 262_144),
        t: numberIn(parameters, 't', 16),
        p: numberIn(parameters, 'p', 8),
      }),
  ],
  [
    'scrypt',
    (password, { parameters, salt, digest }) => {
      const [N, r, p] = [
        2 ** numberIn(parameters, 'ln', 17),
        numberIn(parameters, 'r', 16),
        numberIn(parameters, 'p', 16),
      ];
      return scryptAsync(password, salt, digest.length, { N, r, p, maxmem: 256 * N * r });
    },
  ],
]);

export interface Verdict {
  readonly valid: boolean;
  /** True if the parameters or the pepper of a new hash differ from those of this one. */
  readonly outdated: boolean;
}

export function makeHash(password: string, hashing: Hashing): Promise<string> {
  return hashOver(password, '', hashing);
}

/** Over a hash of an older system; outdated from the start, so that the first sign-in replaces it. */
export function wrapHash({ digest, parameters }: LegacyHash, hashing: Hashing): Promise<string> {
  return hashOver(digest, `,${parameters}`, hashing);
}

async function hashOver(text: string, more: string, { pepper, cost }: Hashing): Promise<string> {
  const salt = randomBytes(saltBytes);
  const raw = await argon2id(text, salt, digestBytes, cost);
  const key = pepper?.active;
  const digest = key ? peppered(raw, key) : raw;
  return `${prefixFor(key, cost)}${more}$${base64(salt)}$${base64(digest)}`;
}

/** False for a string that no derivation reads, such as `!` for "no password" in an import. */
export function isSupportedHash(stored: string): boolean {
  const id = phc.exec(stored)?.[1];
  return id !== undefined && derivations.has(id);
}

export interface Check extends Hashing {
  readonly password: string;
  readonly stored: string;
  /** SHA-crypt rounds that a refusal costs at least. */
  readonly rounds: number;
}

/** @throws Error if the pepper is missing or the costs are out of bounds: the set-up is wrong, not the password */
export async function checkHash({ password, stored, pepper, cost, rounds }: Check): Promise<Verdict> {
  const parsed = parse(stored);
  const derive = derivations.get(parsed.id);
  if (!derive) throw new Error(`No password hash of kind ${parsed.id} can be read.`);
  const keyId = parsed.parameters.get('keyid');
  const key = keyId === undefined ? undefined : pepper?.find(fromKeyId(keyId));
  if (keyId !== undefined && !key) throw new Error(`The pepper ${keyId} of a password hash is missing.`);
  const raw = await derive(await innerDigest(password, parsed.parameters), parsed);
  const valid = timingSafeEqual(key ? peppered(raw, key) : raw, parsed.digest);
  if (!valid) await spendRounds(password, rounds - spentBy(parsed));
  return { valid, outdated: !stored.startsWith(`${prefixFor(pepper?.active, cost)}$`) };
}

/** What the check has cost already, in rounds of SHA-crypt; see `parseLegacyHash`. */
function spentBy({ id, parameters }: Phc): number {
  if (id !== 'scrypt') return roundsOf(parameters);
  const [ln, r, p] = ['ln', 'r', 'p'].map((name) => Number(parameters.get(name)));
  return scryptRounds(ln, r, p);
}

function prefixFor(key: SecretKey | undefined, { m, t, p }: PasswordCost): string {
  const keyId = key ? `,keyid=${toKeyId(key.kid)}` : '';
  return `$argon2id$v=19$m=${m},t=${t},p=${p}${keyId}`;
}

async function argon2id(password: string, salt: Buffer, outputLen: number, { m, t, p }: PasswordCost): Promise<Buffer> {
  const { hashRaw } = argon2();
  return hashRaw(password, { algorithm: 2, memoryCost: m, timeCost: t, parallelism: p, outputLen, salt });
}

function peppered(raw: Buffer, key: SecretKey): Buffer {
  return createHmac('sha256', key.secret).update(raw).digest();
}

function parse(stored: string): Phc {
  const [, id, list, salt, digest] = phc.exec(stored) ?? [];
  if (!id || !list || !salt || !digest) throw new Error('A stored password hash is malformed.');
  const parameters = new Map(list.split(',').map((pair) => pair.split('=', 2) as [string, string]));
  return { id, parameters, salt: Buffer.from(salt, 'base64'), digest: Buffer.from(digest, 'base64') };
}

function numberIn(parameters: ReadonlyMap<string, string>, name: string, most: number): number {
  const value = Number(parameters.get(name));
  if (!Number.isInteger(value) || value < 1 || value > most) {
    throw new Error(`A stored password hash has ${name} outside 1 to ${most}.`);
  }
  return value;
}

/** PHC strings have base64 without padding, and values without `_`. */
const base64 = (bytes: Buffer): string => bytes.toString('base64').replace(/=+$/, '');
const toKeyId = (kid: string): string => kid.replaceAll('-', '+').replaceAll('_', '/');
const fromKeyId = (keyId: string): string => keyId.replaceAll('+', '-').replaceAll('/', '_');
