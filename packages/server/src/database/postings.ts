/**
 * Posting lists of trigrams. A piece is three UTF-16 units of a column's text as one number, exact in a double; shorter ones
 * end a text, so that each of its units begins a piece. The ids that have it are kept by blocks, each as a list of offsets or,
 * where there are many, as a bitmap.
 */
import { mostPieces, pieceLength } from './text-index.js';

/** Ids of a block. */
const blockSize = 8_192;
/** Columns that pieces have numbers for: 53 bits are 5 and three times 16. */
export const mostColumns = 32;

const bitmapBytes = blockSize / 8;
const units = 2 ** 16;

/** The offsets in a block. */
export type Bitmap = Uint8Array;
/** What has a piece, by the number of the block. */
export type Postings = Map<number, Bitmap>;

/** Calls `each` with every piece of a text; with some of them more than once. */
export function forEachPiece(column: number, text: string, each: (piece: number) => void): void {
  let [first, second] = [unitAt(text, 0), unitAt(text, 1)];
  for (let at = 0; at < text.length; at++) {
    const third = unitAt(text, at + 2);
    each(((column * units + first) * units + second) * units + third);
    [first, second] = [second, third];
  }
}

const unitAt = (text: string, at: number): number => (at < text.length ? text.charCodeAt(at) : 0);

/** Pieces of what has this text in the column; none where it is too short. */
export function searchedPieces(column: number, text: string): number[] {
  const all: number[] = [];
  forEachPiece(column, text, (piece) => all.push(piece));
  const whole = [...new Set(all.slice(0, 1 - pieceLength))];
  const step = Math.max(1, Math.ceil(whole.length / mostPieces));
  return whole.filter((_, at) => at % step === 0);
}

/** The first and the last piece that can begin with a text shorter than one. */
export function piecesBeginning(column: number, text: string): readonly [first: number, last: number] {
  const free = units ** (pieceLength - text.length);
  let first = column;
  for (let at = 0; at < text.length; at++) first = first * units + text.charCodeAt(at);
  return [first * free, first * free + free - 1];
}

export function blockOf(id: number): number {
  return Math.floor(id / blockSize);
}

export function offsetOf(id: number): number {
  return id % blockSize;
}

/** @param offsets in ascending order */
export function packed(offsets: readonly number[]): Uint8Array {
  if (offsets.length * 2 >= bitmapBytes) return bitmapOf(offsets);
  const bytes = new Uint8Array(offsets.length * 2);
  offsets.forEach((offset, at) => {
    bytes[at * 2] = offset % 256;
    bytes[at * 2 + 1] = offset >> 8;
  });
  return bytes;
}

/** What is packed, and these offsets too, which are in ascending order. */
export function packedWith(bytes: Uint8Array, offsets: readonly number[]): Uint8Array {
  if (bytes.length < bitmapBytes) {
    return packed(merged(offsetsIn(bytes), offsets));
  }
  const bitmap = bytes.slice();
  addTo(bitmap, offsets);
  return bitmap;
}

export function unpacked(bytes: Uint8Array): Bitmap {
  return bytes.length < bitmapBytes ? bitmapOf(offsetsIn(bytes)) : bytes.slice();
}

function offsetsIn(bytes: Uint8Array): number[] {
  return Array.from({ length: bytes.length / 2 }, (_, at) => (bytes[at * 2] ?? 0) + (bytes[at * 2 + 1] ?? 0) * 256);
}

/** Of two lists in ascending order one with each number once. */
function merged(one: readonly number[], other: readonly number[]): number[] {
  const all: number[] = [];
  for (let [at, of] = [0, 0]; at < one.length || of < other.length; ) {
    const [left, right] = [one[at] ?? Number.POSITIVE_INFINITY, other[of] ?? Number.POSITIVE_INFINITY];
    all.push(Math.min(left, right));
    if (left <= right) at += 1;
    if (right <= left) of += 1;
  }
  return all;
}

function bitmapOf(offsets: readonly number[]): Bitmap {
  const bitmap = new Uint8Array(bitmapBytes);
  addTo(bitmap, offsets);
  return bitmap;
}

function addTo(bitmap: Bitmap, offsets: readonly number[]): void {
  for (const offset of offsets) bitmap[offset >> 3] = (bitmap[offset >> 3] ?? 0) | (1 << (offset & 7));
}

/** What all of them have. */
export function inAll([first = new Map(), ...others]: readonly Postings[]): Postings {
  const found: Postings = new Map();
  for (const [block, bitmap] of first) {
    const both = others.reduce((left: Bitmap | undefined, other) => left && shared(left, other.get(block)), bitmap);
    if (both) found.set(block, both);
  }
  return found;
}

/** What any of them has. */
export function inAny(all: readonly Postings[]): Postings {
  const found: Postings = new Map();
  for (const postings of all) {
    for (const [block, bitmap] of postings) {
      const known = found.get(block);
      if (!known) found.set(block, bitmap.slice());
      else for (let at = 0; at < bitmapBytes; at++) known[at] = (known[at] ?? 0) | (bitmap[at] ?? 0);
    }
  }
  return found;
}

/** Undefined where they share nothing. */
function shared(one: Bitmap, other: Bitmap | undefined): Bitmap | undefined {
  if (!other) return undefined;
  const both = new Uint8Array(bitmapBytes);
  let any = 0;
  for (let at = 0; at < bitmapBytes; at++) {
    const byte = (one[at] ?? 0) & (other[at] ?? 0);
    both[at] = byte;
    any |= byte;
  }
  return any === 0 ? undefined : both;
}

export function countIn(postings: Postings): number {
  let count = 0;
  for (const bitmap of postings.values()) {
    for (let byte of bitmap) for (; byte !== 0; byte &= byte - 1) count += 1;
  }
  return count;
}

/** In order. */
export function idsIn(postings: Postings): number[] {
  const ids: number[] = [];
  for (const [block, bitmap] of [...postings].sort(([a], [b]) => a - b)) {
    bitmap.forEach((byte, at) => {
      for (let bit = 0; byte >> bit !== 0; bit++) {
        if ((byte >> bit) & 1) ids.push(block * blockSize + at * 8 + bit);
      }
    });
  }
  return ids;
}
