/** The sealed part of a notification: AES-256-GCM under the merchant's API v3 key. */
import { createDecipheriv } from 'node:crypto';

export interface EncryptedResource {
  readonly algorithm: string;
  /** Base64 of ciphertext and tag. */
  readonly ciphertext: string;
  readonly nonce: string;
  readonly associated_data?: string;
}

const tagBytes = 16;

/** Undefined if it was not sealed with this key. */
export function decryptResource(
  { algorithm, ciphertext, nonce, associated_data }: EncryptedResource,
  key: string,
): unknown {
  if (algorithm !== 'AEAD_AES_256_GCM') return undefined;
  const sealed = Buffer.from(ciphertext, 'base64');
  if (sealed.length < tagBytes || nonce.length === 0) return undefined;
  try {
    const decipher = createDecipheriv('aes-256-gcm', Buffer.from(key, 'utf8'), Buffer.from(nonce, 'utf8'), {
      authTagLength: tagBytes,
    });
    decipher.setAAD(Buffer.from(associated_data ?? '', 'utf8'));
    decipher.setAuthTag(sealed.subarray(-tagBytes));
    const text = Buffer.concat([decipher.update(sealed.subarray(0, -tagBytes)), decipher.final()]);
    return JSON.parse(text.toString('utf8'));
  } catch {
    return undefined;
  }
}
