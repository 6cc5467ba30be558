/**
 * The public key a STAMS is registered with, RSA or, where a secure element holds the private one, P-256; and the token
 * sealed for it.
 */
import { createPublicKey, type KeyObject } from 'node:crypto';
import { createRequire } from 'node:module';
import { invalidRequest, type PalestraError, sealAlgorithm } from '@palestra/core';

const require = createRequire(import.meta.url);
const josePath = require.resolve('jose');
/**
 * Loaded with the first registration: most hosts start more often than they register a device. By `require`, which
 * tries again after a load that failed, such as one without a free file descriptor; `import()` does not.
 */
const jose = (): typeof import('jose') => require(josePath);

/** What each type of key is sealed by (RFC 7518 sections 4.3 and 4.6), and what is wrong with one of the type. */
const algorithms = {
  rsa: { alg: sealAlgorithm.alg, faultOf: rsaFault },
  ec: { alg: 'ECDH-ES+A256KW', faultOf: curveFault },
} as const;

/** SPKI PEM, however the key was written. @throws PalestraError 400 unless it is RSA of 2048 to 8192 bits, or P-256 */
export function readPublicKey(text: string): string {
  const key = parse(text.trim());
  const fault = algorithmOf(key)?.faultOf(key);
  if (fault !== undefined) throw refusal(fault);
  if (!algorithmOf(key)) throw refusal('must be an RSA key, or one on the curve P-256');
  return key.export({ type: 'spki', format: 'pem' }).toString();
}

/** RFC 7516 compact; its `kid` is the key's RFC 7638 thumbprint. */
export async function sealFor(publicKey: string, token: string): Promise<string> {
  const { CompactEncrypt, calculateJwkThumbprint, exportJWK } = jose();
  const key = createPublicKey(publicKey);
  const { alg } = algorithmOf(key) ?? algorithms.rsa;
  const kid = await calculateJwkThumbprint(await exportJWK(key));
  const header = { alg, enc: sealAlgorithm.enc, kid };
  return new CompactEncrypt(new TextEncoder().encode(token)).setProtectedHeader(header).encrypt(key);
}

function algorithmOf({ asymmetricKeyType: type }: KeyObject) {
  return type === 'rsa' || type === 'ec' ? algorithms[type] : undefined;
}

const leastBits = 2048;
const mostBits = 8192;

function rsaFault({ asymmetricKeyDetails }: KeyObject): string | undefined {
  const bits = asymmetricKeyDetails?.modulusLength ?? 0;
  return bits < leastBits || bits > mostBits ? `must have ${leastBits} to ${mostBits} bits` : undefined;
}

function curveFault({ asymmetricKeyDetails }: KeyObject): string | undefined {
  return asymmetricKeyDetails?.namedCurve === 'prime256v1' ? undefined : 'must be on the curve P-256';
}

/** Node also derives a public key from a private one: a private key sent by mistake is refused instead. */
function parse(text: string): KeyObject {
  if (text.includes('PRIVATE KEY')) throw refusal('is a private key, which must not leave its device');
  try {
    if (text.startsWith('-----')) return createPublicKey(text);
    return createPublicKey({ key: Buffer.from(text, 'base64'), format: 'der', type: 'spki' });
  } catch {
    throw refusal('must be a public key: PEM, or the base64 of its SubjectPublicKeyInfo');
  }
}

function refusal(fault: string): PalestraError {
  return invalidRequest(`publickey ${fault}`, '/publickey');
}
