/** The first part of a JWS or JWE (RFC 7515 section 4). */
import { parseJsonOrUndefined } from '../json.js';

/** Undefined unless it is base64url of a JSON object. */
export function decodeHeader(part: string): Readonly<Record<string, unknown>> | undefined {
  const value = parseJsonOrUndefined(Buffer.from(part, 'base64url').toString());
  return isObject(value) ? value : undefined;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
