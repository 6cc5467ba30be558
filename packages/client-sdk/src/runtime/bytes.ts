/** Text and bytes: UTF-8 and base64. */
import { runtime } from './runtime.js';

export function utf8(text: string): Uint8Array {
  return new runtime.TextEncoder().encode(text);
}

export function base64url(bytes: Uint8Array): string {
  const base64 = runtime.btoa(String.fromCharCode(...bytes));
  return base64.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

export function fromBase64(base64: string): Uint8Array {
  return Uint8Array.from(runtime.atob(base64), (character) => character.charCodeAt(0));
}
