/** SHA-256 (FIPS 180-4), for short inputs. */

const primes: readonly number[] = Array.from({ length: 312 }, (_, index) => index).filter(
  (number) =>
    number > 1 && !Array.from({ length: number - 2 }, (_, index) => index + 2).some((by) => number % by === 0),
);

/** The first 32 bits of the fraction, section 4.2.2. No constant is so close to the next one that rounding matters. */
const fractionOf = (root: number) => Math.floor((root % 1) * 2 ** 32);
const roundConstants = primes.map((prime) => fractionOf(Math.cbrt(prime)));
const initialHash = primes.slice(0, 8).map((prime) => fractionOf(Math.sqrt(prime)));

export function sha256(data: Uint8Array): Uint8Array {
  const hash = Uint32Array.from(initialHash);
  const padded = new DataView(new ArrayBuffer((((data.length + 8) >> 6) + 1) << 6));
  for (const [at, byte] of data.entries()) padded.setUint8(at, byte);
  padded.setUint8(data.length, 0x80);
  // Inputs are far below 2^29 bytes.
  padded.setUint32(padded.byteLength - 4, data.length * 8);
  for (let at = 0; at < padded.byteLength; at += 64) compress(hash, padded, at);
  const digest = new DataView(new ArrayBuffer(32));
  for (const [index, word] of hash.entries()) digest.setUint32(index * 4, word);
  return new Uint8Array(digest.buffer);
}

const rotate = (word: number, by: number) => (word >>> by) | (word << (32 - by));

/** Section 6.2.2. */
function compress(hash: Uint32Array, block: DataView, at: number): void {
  const words = new Int32Array(64);
  const word = (index: number) => words[index] ?? 0;
  let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = hash;
  for (let index = 0; index < 64; index++) {
    const [early, late] = [word(index - 15), word(index - 2)];
    words[index] =
      index < 16
        ? block.getUint32(at + index * 4)
        : word(index - 16) +
          (rotate(early, 7) ^ rotate(early, 18) ^ (early >>> 3)) +
          word(index - 7) +
          (rotate(late, 17) ^ rotate(late, 19) ^ (late >>> 10));
    const choice = g ^ (e & (f ^ g));
    const majority = (a & b) ^ (c & (a ^ b));
    const first =
      h + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) + choice + (roundConstants[index] ?? 0) + word(index);
    const second = (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + majority;
    [a, b, c, d, e, f, g, h] = [(first + second) | 0, a, b, c, (d + first) | 0, e, f, g];
  }
  [a, b, c, d, e, f, g, h].forEach((value, index) => {
    hash[index] = (hash[index] ?? 0) + value;
  });
}
