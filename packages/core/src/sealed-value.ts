/** The two forms of a sealed value, an RSA block and a JWE, told apart by shape; neither is opened here. */

/** 8 KiB, the most a sealed value may have in either form. */
const maxSealedLength = 8192;

/** The JWE header the SDK sends; a server accepts no other algorithm. */
export const sealAlgorithm = { alg: 'RSA-OAEP-256', enc: 'A256GCM' } as const;

export type SealedValue = { form: 'jwe'; value: string } | { form: 'block'; value: string };

const jwe = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]+$/;
const block = /^[A-Za-z0-9+/_-]+={0,2}$/;

/**
 * Which form `value` has; undefined if it is neither, or too long. A block may have line breaks, which many encoders of
 * base64 write after 64 or 76 characters (RFC 2045 section 6.8).
 */
export function classifySealed(value: string): SealedValue | undefined {
  if (value.length > maxSealedLength) return undefined;
  if (jwe.test(value)) return { form: 'jwe', value };
  const unbroken = value.replace(/[\r\n]+/g, '');
  return block.test(unbroken) ? { form: 'block', value: unbroken } : undefined;
}

/** Base64 of one block of the shortest key that is accepted, RSA 2048; a JWE is longer. */
const shortestSealed = 342;

/** Whether `value` could have been sealed; a password as it was typed could not. */
export function couldBeSealed(value: string): boolean {
  return value.length >= shortestSealed && classifySealed(value) !== undefined;
}

/** `GET /api/gpk` */
export interface ServerKey {
  /** SPKI PEM. */
  publicKey: string;
  /** RFC 7638 thumbprint. */
  kid: string;
  algorithm: 'RSA-OAEP-256';
}
