/**
 * JSON text from outside, parsed only if it is harmless: no deep nesting, no flood of keys, no key twice (parsers
 * disagree on which one wins, RFC 8259 section 4), none that reaches an object's prototype, and nothing that would be
 * kept otherwise than it was sent: half of a character, an integer that a double rounds.
 */

export interface JsonLimits {
  readonly depth: number;
  readonly keys: number;
}

const jsonLimits: JsonLimits = { depth: 16, keys: 1000 };
const bytesPerKey = 64;

/** For an operation whose body may have `bytes`: one key per 64 bytes, 1,000 at least. */
export function jsonLimitsOf(bytes: number): JsonLimits {
  return { ...jsonLimits, keys: Math.max(jsonLimits.keys, Math.floor(bytes / bytesPerKey)) };
}

const forbiddenKeys: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype', 'toString', 'valueOf']);

/** Why a text was refused; `message` is fit for the caller. */
export class JsonError extends Error {
  override readonly name = 'JsonError';
}

/** An object of JSON: neither a list nor null. */
export function isJsonObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * @param place what the text is the value of, in messages: `results`; empty for the body as a whole
 * @throws JsonError for text that is not JSON, or is JSON beyond the limits
 */
export function parseJson(text: string, limits: JsonLimits = jsonLimits, place = ''): unknown {
  const subject = place === '' ? 'The body' : place;
  inspect(text, limits, subject);
  const value = parse(text, subject);
  if (suspicious.test(text)) assertExact(value, place);
  return value;
}

/** UTF-8 has no surrogates, so only an escape brings a single one; only long or exponential numbers are inexact. */
const suspicious = /\\u[dD][89a-fA-F]|\d{16}|\d[eE]\+?\d/;
/** Not `\p{Surrogate}`, which Hermes (React Native) refuses when the module is loaded. */
const loneSurrogate = /[\ud800-\udfff]/u;

/** `place` is named in messages: `results[0].score`, empty for the body as a whole. */
function assertExact(value: unknown, place: string): void {
  const name = place === '' ? 'The body' : place;
  if (typeof value === 'number' && !Number.isFinite(value)) {
    throw new JsonError(`${name} is a number too large for a double.`);
  }
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
    throw new JsonError(`${name} is an integer beyond 2^53-1, which would be rounded. Send it as text.`);
  }
  if (typeof value === 'string' && loneSurrogate.test(value)) {
    throw new JsonError(`${name} is a text with half of a surrogate pair.`);
  }
  if (Array.isArray(value)) {
    for (const [at, item] of value.entries()) assertExact(item, `${place}[${at}]`);
  } else if (isJsonObject(value)) {
    for (const [key, inner] of Object.entries(value)) {
      assertExact(key, 'a key');
      assertExact(inner, place === '' ? key : `${place}.${key}`);
    }
  }
}

function parse(text: string, subject: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new JsonError(`${subject} is not JSON.`);
  }
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;

/** One pass over the tokens that matter; grammar is left to JSON.parse, which sees the same text. */
function inspect(text: string, limits: JsonLimits, subject: string): void {
  const objects: (Set<string> | undefined)[] = [];
  let keys = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      const end = endOfString(text, at);
      if (isKey(text, end)) {
        keys += 1;
        if (keys > limits.keys) throw new JsonError(`${subject} has more than ${limits.keys} keys.`);
        admitKey(text.slice(at, end + 1), objects.at(-1));
      }
      at = end;
    } else if (code === OPEN_BRACE || code === OPEN_BRACKET) {
      objects.push(code === OPEN_BRACE ? new Set() : undefined);
      if (objects.length > limits.depth) throw new JsonError(`${subject} is nested deeper than ${limits.depth}.`);
    } else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) {
      objects.pop();
    }
  }
}

/** Index of the closing quote; the end of the text where there is none. */
function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) return at;
    at += code === BACKSLASH ? 2 : 1;
  }
  return text.length;
}

function isKey(text: string, end: number): boolean {
  let at = end + 1;
  while (at < text.length && text.charCodeAt(at) <= 0x20) at += 1;
  return text.charCodeAt(at) === COLON;
}

function admitKey(quoted: string, seen: Set<string> | undefined): void {
  const key = quoted.includes('\\') ? decodeKey(quoted) : quoted.slice(1, -1);
  if (forbiddenKeys.has(key)) throw new JsonError(`The key ${key} is not allowed.`);
  if (seen?.has(key)) throw new JsonError(`The key ${JSON.stringify(key)} occurs twice in one object.`);
  seen?.add(key);
}

/** Of one with an escape that JSON does not know, as it is: the grammar is left to JSON.parse. */
function decodeKey(quoted: string): string {
  try {
    return String(JSON.parse(quoted));
  } catch {
    return quoted;
  }
}

/** Undefined for text that is not JSON; without the limits of `parseJson`, so for text of this installation only. */
export function parseJsonOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** One text for one value, whatever the order of its keys, so that texts can be compared. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(inOrder(value));
}

/** With the keys of every object in order; what says by `toJSON` what it is, says so. */
function inOrder(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(inOrder);
  if ('toJSON' in value && typeof value.toJSON === 'function') return inOrder(value.toJSON());
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, node]) => [key, inOrder(node)]));
}
