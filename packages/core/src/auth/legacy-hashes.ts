/**
 * Password hashes of older systems: hex SHA-256 and SHA-crypt `$5$`. None is kept as it is: argon2id hashes it once
 * more, and the parameters of the PHC string say how to compute it from a password.
 */
import { hash } from 'node:crypto';
import { defaultRounds, leastRounds, shaCrypt } from './sha-crypt.js';

/** So that no stored string makes a sign-in expensive. */
const mostRounds = 500_000;

export interface LegacyHash {
  /** What argon2id goes over, as text. */
  readonly digest: string;
  /** PHC parameters, by which `legacyDigest` computes `digest` from a password. */
  readonly parameters: string;
  /** SHA-crypt rounds; 0 for a hash that costs nothing to speak of. */
  readonly rounds: number;
}

const hexSha256 = /^[0-9a-f]{64}$/i;
const shaCrypted = /^\$5\$(?:rounds=([1-9][0-9]{3,5})\$)?([./0-9A-Za-z]{1,16})\$([./0-9A-Za-z]{43})$/;
/** The last character of 43 carries four bits. */
const lastCharacter = /[./0-9A-D]$/;

/** Undefined for anything but the two, and for rounds outside 1,000 to 500,000. */
export function parseLegacyHash(text: string): LegacyHash | undefined {
  if (hexSha256.test(text)) return { digest: text.toLowerCase(), parameters: 'inner=sha256', rounds: 0 };
  const [, stated, salt, digest] = shaCrypted.exec(text) ?? [];
  const rounds = stated === undefined ? defaultRounds : Number(stated);
  if (salt === undefined || digest === undefined || !lastCharacter.test(digest)) return undefined;
  if (rounds < leastRounds || rounds > mostRounds) return undefined;
  return { digest, parameters: `inner=sha256crypt,rounds=${rounds},isalt=${salt}`, rounds };
}

type Digest = (password: string, parameters: ReadonlyMap<string, string>) => string | Promise<string>;

/** By the value of `inner`. */
const digests: ReadonlyMap<string, Digest> = new Map<string, Digest>([
  ['sha256', (password) => hash('sha256', password, 'hex')],
  ['sha256crypt', (password, parameters) => shaCrypt(password, parameters.get('isalt') ?? '', roundsOf(parameters))],
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
