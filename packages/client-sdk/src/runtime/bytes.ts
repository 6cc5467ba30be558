/** Text and bytes, without `TextEncoder`, `btoa` and `atob`, which some runtimes lack. */

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** @throws URIError for a lone surrogate */
export function utf8(text: string): Uint8Array {
  const binary = encodeURIComponent(text).replace(/%(..)/g, (_, hex) => String.fromCharCode(Number(`0x${hex}`)));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}

/** RFC 4648 section 5, without padding. */
export function base64url(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 3) {
    const [first = 0, second = 0, third = 0] = bytes.subarray(at, at + 3);
    const word = (first << 16) | (second << 8) | third;
    for (const shift of [18, 12, 6, 0]) text += alphabet[(word >> shift) & 63];
  }
  return text.slice(0, Math.ceil((bytes.length * 4) / 3));
}

/** Reads both alphabets; ignores everything else, such as padding and line ends. */
export function fromBase64(text: string): Uint8Array {
  const bytes: number[] = [];
  let word = 0;
  let bits = 0;
  for (const character of text.replace(/\+/g, '-').replace(/\//g, '_')) {
    const value = alphabet.indexOf(character);
    if (value < 0) continue;
    word = (word << 6) | value;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes.push((word >> bits) & 255);
  }
  return Uint8Array.from(bytes);
}
