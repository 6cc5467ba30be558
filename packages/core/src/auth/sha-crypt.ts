/**
 * SHA-crypt with SHA-256 (`$5$`), to read hashes that crypt(3) made, by Ulrich Drepper's specification
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
/** Step 22: the order of the bytes, three at a time, most significant first; -1 means a zero byte. */
const triples: readonly (readonly [number, number, number])[] = [
  ...Array.from({ length: 10 }, (_, at): [number, number, number] => {
    const order: [number, number, number] = [at, at + 10, at + 20];
    return rotated(order, at % 3);
  }),
  [-1, 31, 30],
];

/** The 43 characters after the last `$`. The caller bounds the password's length: the work grows with its square. */
export async function shaCrypt(password: string, salt: string, rounds: number): Promise<string> {
  const key = Buffer.from(password, 'utf8');
  const salting = Buffer.from(salt, 'utf8');
  const first = mixed(key, salting);
  const p = stretched(sha256(repeated(key, key.length)), key.length);
  const s = stretched(sha256(repeated(salting, 16 + (first[0] ?? 0))), salting.length);
  return encoded(await turned(first, p, s, rounds));
}

/** Steps 1 to 12. */
function mixed(key: Buffer, salt: Buffer): Buffer {
  const b = sha256(Buffer.concat([key, salt, key]));
  const parts = [key, salt, stretched(b, key.length)];
  for (let bits = key.length; bits > 0; bits >>= 1) parts.push(bits & 1 ? b : key);
  return sha256(Buffer.concat(parts));
}

/** Step 21. */
async function turned(first: Buffer, p: Buffer, s: Buffer, rounds: number): Promise<Buffer> {
  let digest = first;
  for (let round = 0; round < rounds; round++) {
    const odd = round % 2 === 1;
    const parts = [odd ? p : digest];
    if (round % 3 !== 0) parts.push(s);
    if (round % 7 !== 0) parts.push(p);
    parts.push(odd ? digest : p);
    digest = sha256(Buffer.concat(parts));
    if (round % roundsPerTurn === roundsPerTurn - 1) await nextTurn();
  }
  return digest;
}

function encoded(digest: Buffer): string {
  let text = '';
  for (const [high, middle, low] of triples) {
    let word = (at(high) << 16) | (at(middle) << 8) | at(low);
    for (let left = high < 0 ? 3 : 4; left > 0; left--) {
      text += alphabet[word & 0x3f];
      word >>= 6;
    }
  }
  return text;

  function at(index: number): number {
    return digest[index] ?? 0;
  }
}

function rotated([a, b, c]: [number, number, number], by: number): [number, number, number] {
  return by === 0 ? [a, b, c] : by === 1 ? [c, a, b] : [b, c, a];
}

const sha256 = (bytes: Buffer): Buffer => hash('sha256', bytes, 'buffer');

/** `block`, over and over, cut at `length`. */
function stretched(block: Buffer, length: number): Buffer {
  return Buffer.alloc(length, block);
}

function repeated(bytes: Buffer, times: number): Buffer {
  return Buffer.alloc(bytes.length * times, bytes.length === 0 ? 0 : bytes);
}
