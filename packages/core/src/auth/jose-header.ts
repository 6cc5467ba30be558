/** The first part of a JWS or JWE (RFC 7515 section 4). */
import { isJsonObject, parseJsonOrUndefined } from '../json.js';

/** Undefined unless it is base64url of a JSON object. */
export function decodeHeader(part: string): Readonly<Record<string, unknown>> | undefined {
  const value = parseJsonOrUndefined(Buffer.from(part, 'base64url').toString());
  return isJsonObject(value) ? value : undefined;
}
