/** Sealing that keeps nothing secret: the fake server reads what the client seals. For tests alone. */
import type { ServerKey } from '@palestra/core';
import type { CryptoProvider } from '../crypto/provider.js';
import { fromBase64 } from '../runtime/bytes.js';
import { uniqueId } from '../runtime/unique-id.js';

/** The client checks that it is a key of 2048 bits; nothing is encrypted with it. */
export const fakeKey: ServerKey = {
  kid: 'fake',
  algorithm: 'RSA-OAEP-256',
  publicKey:
    'MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAqrF/kYcem/xoeA+2Zn9e2i8PILdd3kcFbUbGXQrVWWL/owALk6oYEarmfPk1BDZ3BXXLgh96BpxhaKx2MP6y936lbhSAoVcqBlyE5lP2zyk0DwAcIEh9yXx5/X5IREa/bz40OTJMdnnjBomrreXYjVDC7/6xELUaenkNdDABQrOyTOOStcrnzR8wVzKIYDK1AbTIo8LsgbEjfuEN4fx7aW8rNO1IU1cNs3LiwsxzN/Ao+xwJ+eCuy8fSo9t4ZjYBfX0AcXwYwkZW5mJX81dORhjAkmKotGJxyhp1wdNTGn0bto1bG8moOnqc3ayUltbclbVSpCavvsSqObbgvTSX/QIDAQAB',
};

const tagLength = 16;

export const fakeCrypto: CryptoProvider = {
  randomBytes: (length) => Uint8Array.from({ length }, (_, at) => uniqueId().charCodeAt(at % 32)),
  rsaOaepSha256: async (_, plaintext) => plaintext,
  aes256Gcm: async ({ plaintext }) => Uint8Array.from([...plaintext, ...Array<number>(tagLength).fill(0)]),
};

/** The plaintext of a value that was sealed with `fakeCrypto`. */
export function openFake(value: string): Record<string, unknown> {
  const bytes = fromBase64(value.split('.')[3] ?? '');
  const escaped = Array.from(bytes, (byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
  return JSON.parse(decodeURIComponent(escaped));
}
