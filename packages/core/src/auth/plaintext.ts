/** The JSON inside a sealed value: one small object, read as strictly as a request's body. */
import { catalogue, PalestraError } from '../errors.js';
import { JsonError, parseJson } from '../json.js';

const limits = { depth: 8, keys: 64 };

/** @throws PalestraError `invalidRequest` (400): only a holder of the public key can have sealed it, so this discloses nothing */
export function parsePlaintext(bytes: Uint8Array): Record<string, unknown> {
  const value = parse(decode(bytes));
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw malformed('must be a JSON object');
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
    return parseJson(text, limits);
  } catch (error) {
    if (error instanceof JsonError) throw malformed('must be plain JSON', error);
    throw error;
  }
}

function malformed(fault: string, cause?: unknown): PalestraError {
  return new PalestraError(catalogue.invalidRequest, `The sealed content ${fault}.`, { cause });
}
