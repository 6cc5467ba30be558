/**
 * AES-256-GCM (FIPS 197, NIST SP 800-38D), encryption only. As with every AES of tables, its time depends on the key; but
 * each key is made for one value, so that it cannot be measured twice.
 */
import type { AesGcmInput } from './provider.js';

const blockLength = 16;
const rounds = 14;

export function aes256Gcm({ key, iv, plaintext, additionalData }: AesGcmInput): Uint8Array {
  const roundKeys = expandKey(key);
  const counter = new Uint8Array(blockLength);
  counter.set(iv);
  counter[15] = 1;
  const mask = encryptBlock(roundKeys, counter);
  // Not `slice`: that of a Node Buffer does not copy.
  const ciphertext = Uint8Array.from(plaintext);
  for (let at = 0; at < plaintext.length; at += blockLength) {
    increment(counter);
    xorInto(ciphertext.subarray(at, at + blockLength), encryptBlock(roundKeys, counter));
  }
  const tag = ghash(encryptBlock(roundKeys, new Uint8Array(blockLength)), additionalData, ciphertext);
  xorInto(tag, mask);
  const sealed = new Uint8Array(ciphertext.length + blockLength);
  sealed.set(ciphertext);
  sealed.set(tag, ciphertext.length);
  return sealed;
}

function xorInto(target: Uint8Array, other: Uint8Array): void {
  for (let at = 0; at < target.length; at++) target[at] = (target[at] ?? 0) ^ (other[at] ?? 0);
}

/** The last four bytes are a number. */
function increment(counter: Uint8Array): void {
  const view = new DataView(counter.buffer);
  view.setUint32(12, view.getUint32(12) + 1);
}

/** Multiplication by x in GF(2^8). */
const double = (byte: number) => (byte << 1) ^ (byte & 0x80 ? 0x11b : 0);

/** FIPS 197 section 5.1.1: each byte's inverse in GF(2^8), found by powers of 3, then an affine transformation. */
const substitution: Uint8Array = (() => {
  const box = new Uint8Array(256);
  const powers = Array.from({ length: 255 }, () => 1);
  for (let power = 1; power < 255; power++) {
    const last = powers[power - 1] ?? 0;
    powers[power] = last ^ double(last);
  }
  powers.forEach((byte, power) => {
    const inverse = powers[(255 - power) % 255] ?? 0;
    const turned = inverse * 0x101;
    box[byte] = 0x63 ^ inverse ^ (turned >> 7) ^ (turned >> 6) ^ (turned >> 5) ^ (turned >> 4);
  });
  box[0] = 0x63;
  return box;
})();

const substitute = (byte = 0) => substitution[byte] ?? 0;

/** FIPS 197 section 5.2; 16 bytes a round. */
function expandKey(key: Uint8Array): Uint8Array {
  const expanded = new Uint8Array(blockLength * (rounds + 1));
  expanded.set(key);
  let constant = 1;
  for (let at = 32; at < expanded.length; at += 4) {
    let word = [...expanded.subarray(at - 4, at)];
    if (at % 32 === 0) {
      word = [...word.slice(1), ...word.slice(0, 1)].map(substitute);
      word[0] = (word[0] ?? 0) ^ constant;
      constant = double(constant);
    } else if (at % 32 === 16) word = word.map(substitute);
    expanded.set(expanded.subarray(at - 32, at - 28), at);
    xorInto(expanded.subarray(at, at + 4), Uint8Array.from(word));
  }
  return expanded;
}

/** FIPS 197 section 5.1: bytes are in columns of four. */
function encryptBlock(roundKeys: Uint8Array, block: Uint8Array): Uint8Array {
  let state: Uint8Array = block.slice();
  for (let round = 0; round <= rounds; round++) {
    if (round > 0) {
      // SubBytes and ShiftRows.
      state = state.map((_, at) => substitute(state[(at * 5) % blockLength]));
      if (round < rounds) state = mixColumns(state);
    }
    xorInto(state, roundKeys.subarray(round * blockLength, (round + 1) * blockLength));
  }
  return state;
}

function mixColumns(state: Uint8Array): Uint8Array {
  return state.map((own, at) => {
    const column = at & ~3;
    const [next = 0, second = 0, third = 0] = [1, 2, 3].map((by) => state[column + ((at + by) & 3)]);
    return double(own) ^ double(next) ^ next ^ second ^ third;
  });
}

/** SP 800-38D section 6.4, over the additional data, the ciphertext and their lengths. */
function ghash(key: Uint8Array, additionalData: Uint8Array, ciphertext: Uint8Array): Uint8Array {
  const hash = new Uint8Array(blockLength);
  const update = (data: Uint8Array) => {
    for (let at = 0; at < data.length; at += blockLength) {
      xorInto(hash.subarray(0, data.length - at), data.subarray(at, at + blockLength));
      hash.set(multiply(hash, key));
    }
  };
  const lengths = new DataView(new ArrayBuffer(blockLength));
  lengths.setUint32(4, additionalData.length * 8);
  lengths.setUint32(12, ciphertext.length * 8);
  for (const data of [additionalData, ciphertext, new Uint8Array(lengths.buffer)]) update(data);
  return hash;
}

/** Section 6.3, in GF(2^128): the first bit is the lowest power. */
function multiply(left: Uint8Array, right: Uint8Array): Uint8Array {
  const product = new Uint8Array(blockLength);
  const shifted = right.slice();
  for (let bit = 0; bit < 128; bit++) {
    if ((left[bit >> 3] ?? 0) & (0x80 >> (bit & 7))) xorInto(product, shifted);
    const carry = (shifted[15] ?? 0) & 1;
    for (let at = 15; at >= 0; at--) shifted[at] = ((shifted[at] ?? 0) >> 1) | (((shifted[at - 1] ?? 0) & 1) << 7);
    shifted[0] = (shifted[0] ?? 0) ^ (carry * 0xe1);
  }
  return product;
}
