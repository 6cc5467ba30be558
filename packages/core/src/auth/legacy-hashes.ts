/**
 * Password hashes of older systems: hex SHA-256, SHA-crypt `$5$` and `$6$`, bcrypt, and scrypt as a PHC string. scrypt is
 * kept as it is until the first sign-in; argon2id hashes the others once more, and the parameters of the PHC string say
 * how to compute them from a password.
 */
import { hash } from 'node:crypto';
import { bcryptDigest, parseBcrypt } from './bcrypt.js';
import { defaultRounds, leastRounds, shaCrypt } from './sha-crypt.js';

/** So that no stored string makes a sign-in expensive. */
const mostRounds = 1_000_000;

export interface LegacyHash {
  /** What argon2id goes over, as text. */
  readonly digest: string;
  /** PHC parameters, by which `legacyDigest` computes `digest` from a password. */
  readonly parameters: string;
  /** SHA-crypt rounds, or as many as cost the same; 0 for a hash that costs nothing to speak of. */
  readonly rounds: number;
  /** A PHC string that needs no more hashing. */
  readonly stored?: string;
}

const hexSha256 = /^[0-9a-f]{64}$/i;
const shaCrypted =
  /^\$([56])\$(?:rounds=([1-9][0-9]{3,6})\$)?([./0-9A-Za-z]{1,16})\$([./0-9A-Za-z]{43}|[./0-9A-Za-z]{86})$/;
/** By the identifier: the last character carries four bits of 43, two bits of 86. */
const crypts = {
  5: { inner: 'sha256crypt', length: 43, last: /[./0-9A-D]$/ },
  6: { inner: 'sha512crypt', length: 86, last: /[./01]$/ },
} as const;
const scryptPhc =
  /^\$scrypt\$ln=([1-9][0-9]?),r=([1-9][0-9]?),p=([1-9][0-9]?)\$[A-Za-z0-9+/]{11,64}\$[A-Za-z0-9+/]{22,86}$/;
const scryptLimits = { ln: 17, r: 16, p: 16 } as const;

/**
 * Undefined for anything else, for rounds outside 1,000 to 1,000,000, for bcrypt beyond cost 14, and for scrypt beyond
 * `ln` 17, `r` 16, `p` 16.
 */
export function parseLegacyHash(text: string): LegacyHash | undefined {
  if (hexSha256.test(text)) return { digest: text.toLowerCase(), parameters: 'inner=sha256', rounds: 0 };
  return parseScrypt(text) ?? parseBcrypt(text) ?? parseShaCrypt(text);
}

function parseShaCrypt(text: string): LegacyHash | undefined {
  const [, kind, stated, salt, digest] = shaCrypted.exec(text) ?? [];
  if (kind === undefined || salt === undefined || digest === undefined) return undefined;
  const { inner, length, last } = crypts[kind as '5' | '6'];
  const rounds = stated === undefined ? defaultRounds : Number(stated);
  if (digest.length !== length || !last.test(digest)) return undefined;
  if (rounds < leastRounds || rounds > mostRounds) return undefined;
  return { digest, parameters: `inner=${inner},rounds=${rounds},isalt=${salt}`, rounds };
}

function parseScrypt(text: string): LegacyHash | undefined {
  const [, ln = 0, r = 0, p = 0] = (scryptPhc.exec(text) ?? []).map(Number);
  if (ln === 0 || ln > scryptLimits.ln || r > scryptLimits.r || p > scryptLimits.p) return undefined;
  return { digest: '', parameters: '', rounds: scryptRounds(ln, r, p), stored: text };
}

/** `ln` 15 with `r` 8 takes about as long as 32,768 rounds of SHA-crypt. */
export function scryptRounds(ln = 0, r = 0, p = 0): number {
  return Math.min(mostRounds, Math.round((2 ** ln * r * p) / 8));
}

type Digest = (password: string, parameters: ReadonlyMap<string, string>) => string | Promise<string>;

/** By the value of `inner`. */
const digests: ReadonlyMap<string, Digest> = new Map<string, Digest>([
  ['sha256', (password) => hash('sha256', password, 'hex')],
  ['sha256crypt', (password, parameters) => shaCrypt(password, parameters.get('isalt') ?? '', roundsOf(parameters))],
  [
    'sha512crypt',
    (password, parameters) => shaCrypt(password, parameters.get('isalt') ?? '', roundsOf(parameters), 'sha512'),
  ],
  ['bcrypt', bcryptDigest],
]);

/** What argon2id went over: the password itself, unless `inner` says what stood between. */
export function innerDigest(password: string, parameters: ReadonlyMap<string, string>): string | Promise<string> {
  const inner = parameters.get('inner');
  if (inner === undefined) return password;
  const digest = digests.get(inner);
  if (!digest) throw new Error(`No password hash over ${inner} can be read.`);
  return digest(password, parameters);
}

/** SHA-crypt rounds of a PHC string's parameters, 0 where there are none. */
export function roundsOf(parameters: ReadonlyMap<string, string>): number {
  const rounds = Number(parameters.get('rounds') ?? 0);
  if (!Number.isInteger(rounds) || rounds < 0 || rounds > mostRounds) {
    throw new Error(`A stored password hash has rounds outside 0 to ${mostRounds}.`);
  }
  return rounds;
}

/** Work of so many rounds, for nothing but the time it takes. */
export async function spendRounds(password: string, rounds: number): Promise<void> {
  if (rounds > 0) await shaCrypt(password, 'none', rounds);
}
