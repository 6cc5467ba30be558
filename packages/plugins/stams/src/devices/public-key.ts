/** The public key a STAMS is registered with: a real one, and the one its token is sealed for. */
import { createPublicKey, type KeyObject } from 'node:crypto';
import { invalidRequest, type PalestraError, sealAlgorithm } from '@palestra/core';
import { CompactEncrypt, calculateJwkThumbprint, exportJWK } from 'jose';

const leastBits = 2048;
const mostBits = 8192;

/** SPKI PEM, however the key was written. @throws PalestraError 400 for anything but a public RSA key of at least 2048 bits */
export function readPublicKey(text: string): string {
  const key = parse(text.trim());
  if (key.asymmetricKeyType !== 'rsa') throw refusal('must be an RSA key');
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
  if (bits < leastBits || bits > mostBits) throw refusal(`must have ${leastBits} to ${mostBits} bits`);
  return key.export({ type: 'spki', format: 'pem' }).toString();
}

/** RFC 7516 compact; its `kid` is the key's RFC 7638 thumbprint. */
export async function sealFor(publicKey: string, token: string): Promise<string> {
  const key = createPublicKey(publicKey);
  const kid = await calculateJwkThumbprint(await exportJWK(key));
  return new CompactEncrypt(new TextEncoder().encode(token)).setProtectedHeader({ ...sealAlgorithm, kid }).encrypt(key);
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
