/** The JSON inside a sealed value: one shallow object, each key once, nothing that changes meaning between parsers. */
import { catalogue, PalestraError } from '../errors.js';

const deepest = 8;
const mostKeys = 64;
const forbidden: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/** @throws PalestraError `invalidRequest` (400): whoever sealed it holds the public key, so this tells no secret */
export function parsePlaintext(bytes: Uint8Array): Record<string, unknown> {
  const text = decode(bytes);
  const value = parse(text);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw malformed('must be a JSON object');
  assertPlain(text);
  return value as Record<string, unknown>;
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw malformed('must be UTF-8');
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw malformed('must be JSON');
  }
}

/** Walks text that is known to be JSON: only strings and brackets matter then. */
function assertPlain(text: string): void {
  const open: (Set<string> | undefined)[] = [];
  let keys = 0;
  let expectKey = false;
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\],]/g)) {
    const object = open.at(-1);
    if (token === '{' || token === '[') {
      open.push(token === '{' ? new Set() : undefined);
      if (open.length > deepest) throw malformed(`must be nested at most ${deepest} deep`);
    } else if (token === '}' || token === ']') open.pop();
    else if (token !== ',' && object && expectKey) {
      keys += 1;
      if (keys > mostKeys) throw malformed(`must have at most ${mostKeys} keys`);
      claim(object, JSON.parse(token));
    }
    expectKey = token === '{' || (token === ',' && object !== undefined);
  }
}

function claim(object: Set<string>, key: string): void {
  if (forbidden.has(key)) throw malformed('has a key that is not allowed');
  if (object.has(key)) throw malformed('has a key twice');
  object.add(key);
}

function malformed(fault: string): PalestraError {
  return new PalestraError(catalogue.invalidRequest, `The sealed content ${fault}.`);
}
