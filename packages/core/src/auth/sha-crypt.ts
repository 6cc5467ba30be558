/**
 * SHA-crypt with SHA-256 (`$5$`) and SHA-512 (`$6$`), to read hashes that crypt(3) made, by Ulrich Drepper's specification
 * (https://www.akkadia.org/drepper/SHA-crypt.txt); step numbers are its. The event loop is let go every few
 * milliseconds, since the rounds can be many.
 */
import { hash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';

/** What `crypt` takes without saying so. */
export const defaultRounds = 5_000;
export const leastRounds = 1_000;

/** About 2 ms. */
const roundsPerTurn = 1_000;
const alphabet = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
type Triple = readonly [number, number, number];

interface Variant {
  readonly algorithm: 'sha256' | 'sha512';
  /** Step 22: the order of the bytes, three at a time, most significant first; -1 means a zero byte. */
  readonly triples: readonly Triple[];
}

const variants: Readonly<Record<Variant['algorithm'], Variant>> = {
  sha256: {
    algorithm: 'sha256',
    triples: [...Array.from({ length: 10 }, (_, at) => rotated([at, at + 10, at + 20], at % 3)), [-1, 31, 30]],
  },
  sha512: {
    algorithm: 'sha512',
    triples: [...Array.from({ length: 21 }, (_, at) => rotated([at, at + 21, at + 42], (2 * at) % 3)), [-1, -1, 63]],
  },
};

/**
 * The 43 characters after the last `$`, 86 for SHA-512. The caller bounds the password's length: the work grows with its
 * square.
 */
export async function shaCrypt(
  password: string,
  salt: string,
  rounds: number,
  algorithm: Variant['algorithm'] = 'sha256',
): Promise<string> {
  const variant = variants[algorithm];
  const key = Buffer.from(password, 'utf8');
  const salting = Buffer.from(salt, 'utf8');
  const digest = (bytes: Buffer): Buffer => hash(algorithm, bytes, 'buffer');
  const first = mixed(key, salting, digest);
  const p = stretched(digest(repeated(key, key.length)), key.length);
  const s = stretched(digest(repeated(salting, 16 + (first[0] ?? 0))), salting.length);
  return encoded(await turned(first, { p, s, rounds, digest }), variant);
}

type Digest = (bytes: Buffer) => Buffer;

/** Steps 1 to 12. */
function mixed(key: Buffer, salt: Buffer, digest: Digest): Buffer {
  const b = digest(Buffer.concat([key, salt, key]));
  const parts = [key, salt, stretched(b, key.length)];
  for (let bits = key.length; bits > 0; bits >>= 1) parts.push(bits & 1 ? b : key);
  return digest(Buffer.concat(parts));
}

interface Turning {
  readonly p: Buffer;
  readonly s: Buffer;
  readonly rounds: number;
  readonly digest: Digest;
}

/** Step 21. */
async function turned(first: Buffer, { p, s, rounds, digest }: Turning): Promise<Buffer> {
  let last = first;
  for (let round = 0; round < rounds; round++) {
    const odd = round % 2 === 1;
    const parts = [odd ? p : last];
    if (round % 3 !== 0) parts.push(s);
    if (round % 7 !== 0) parts.push(p);
    parts.push(odd ? last : p);
    last = digest(Buffer.concat(parts));
    if (round % roundsPerTurn === roundsPerTurn - 1) await nextTurn();
  }
  return last;
}

function encoded(digest: Buffer, { triples }: Variant): string {
  let text = '';
  for (const [high, middle, low] of triples) {
    let word = (at(high) << 16) | (at(middle) << 8) | at(low);
    for (let left = middle < 0 ? 2 : high < 0 ? 3 : 4; left > 0; left--) {
      text += alphabet[word & 0x3f];
      word >>= 6;
    }
  }
  return text;

  function at(index: number): number {
    return digest[index] ?? 0;
  }
}

function rotated([a, b, c]: Triple, by: number): Triple {
  return by === 0 ? [a, b, c] : by === 1 ? [c, a, b] : [b, c, a];
}

/** `block`, over and over, cut at `length`. */
function stretched(block: Buffer, length: number): Buffer {
  return Buffer.alloc(length, block);
}

function repeated(bytes: Buffer, times: number): Buffer {
  return Buffer.alloc(bytes.length * times, bytes.length === 0 ? 0 : bytes);
}
