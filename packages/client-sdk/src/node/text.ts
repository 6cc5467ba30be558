/** The text of an answer's body, decompressed and decoded. */
import { builtin } from './builtins.js';

/** @throws Error for a coding that was not asked for, and for bytes that are not in it */
export async function textOf(chunks: readonly Uint8Array[], coding: string | null): Promise<string> {
  const { Buffer } = builtin('node:buffer');
  const [first] = chunks;
  const received = first && chunks.length === 1 ? first : Buffer.concat(chunks);
  const { buffer, byteOffset, byteLength } = await decompressed(received, coding);
  const text = Buffer.from(buffer, byteOffset, byteLength).toString('utf8');
  // As `fetch` does: a byte order mark is no part of the text.
  return text.startsWith('\uFEFF') ? text.slice(1) : text;
}

/** RFC 9110 section 8.4; what was asked for, and what such decoders read besides. */
async function decompressed(bytes: Uint8Array, coding: string | null): Promise<Uint8Array> {
  if (coding === null || coding === 'identity' || bytes.length === 0) return bytes;
  const { unzip, brotliDecompress } = builtin('node:zlib');
  const isZip = /^((x-)?gzip|deflate)$/i.test(coding);
  if (!isZip && coding !== 'br') throw new Error(`the content-encoding ${coding} is not supported`);
  return new Promise((resolve, reject) => {
    (isZip ? unzip : brotliDecompress)(bytes, (error, plain) => (error ? reject(error) : resolve(plain)));
  });
}
