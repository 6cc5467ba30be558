/**
 * Seals credentials before they are sent: JWE compact, RSA-OAEP-256 and A256GCM, for the key of `GET /api/gpk`. Loaded
 * with the first sign-in, so that what it shares with the rest of the client is handed to it.
 */
import type { ServerKey, sealAlgorithm } from '@palestra/core';
import type { Answer } from '../call/call.js';
import type { within } from '../call/limits.js';
import type { Operation } from '../contract/operation.js';
import type { CryptoProvider } from '../crypto/provider.js';
import { readRsaKey } from '../crypto/rsa-key.js';
import { webCrypto } from '../crypto/web-crypto.js';
import type { asClientError, building, localError } from '../errors/local-error.js';
import { base64url, fromBase64, utf8 } from '../runtime/bytes.js';
import type { Clock } from '../runtime/clock.js';
import type { runtime } from '../runtime/runtime.js';
import type { Signal } from '../runtime/transport.js';

/** What a sealer works with. */
export interface SealerParts {
  /** The app's own. */
  readonly crypto: CryptoProvider | undefined;
  readonly pinnedKids: readonly string[] | undefined;
  readonly clock: Clock;
  fetchKey(): Promise<Answer>;
  readonly shared: {
    readonly runtime: typeof runtime;
    readonly within: typeof within;
    readonly building: typeof building;
    readonly localError: typeof localError;
    readonly asClientError: typeof asClientError;
  };
}

/**
 * Seals `plaintext` for `operation` and sends what `send` makes of it. Seals again for each attempt, since a value opens
 * once; fetches the key again, once, if the server cannot open it.
 */
export type Seal = <Result>(
  operation: SealedOperation,
  plaintext: object,
  send: (value: string) => Promise<Result>,
  signal?: Signal,
) => Promise<Result>;

/** The part of an operation that sealing needs: errors name it, and the value holds its path. */
type SealedOperation = Pick<Operation, 'id' | 'path'>;

interface SealingKey {
  readonly kid: string;
  /** The public key in DER. */
  readonly spki: Uint8Array;
  /** Milliseconds to add to the client's clock to get the server's. */
  readonly skewMs: number;
}

/** The same as core's, whose other code this chunk does not need. */
const algorithms: typeof sealAlgorithm = { alg: 'RSA-OAEP-256', enc: 'A256GCM' };

/** For what the app's own crypto does. */
const limitMs = 30_000;

export function createSeal({ crypto, pinnedKids, clock, fetchKey, shared }: SealerParts): Seal {
  const { runtime, within, building, localError, asClientError } = shared;
  /** Fetched once for all that wait for it. */
  let key: Promise<SealingKey> | undefined;

  const currentKey = (operation: SealedOperation) => {
    if (key) return key;
    const opening = openKey(operation);
    key = opening;
    opening.catch(() => forget(opening));
    return opening;
  };
  /** Not another call's newer key. */
  const forget = (used: Promise<SealingKey>) => {
    if (key === used) key = undefined;
  };

  const cryptoFor = async (operation: SealedOperation) => {
    const provider = crypto ?? webCrypto(runtime);
    if (provider) return provider;
    if (runtime.crypto?.getRandomValues) return (await import('../crypto/portable.js')).portableCrypto();
    throw localError('crypto_missing', 'unsupported', { operation }, 'give createClient a `crypto` with random bytes');
  };

  const openKey = async (operation: SealedOperation): Promise<SealingKey> => {
    const { data, header } = await fetchKey();
    const { kid, publicKey, algorithm } = data as ServerKey;
    try {
      if (algorithm !== 'RSA-OAEP-256') throw new Error(`its algorithm is ${algorithm}`);
      const spki = fromBase64(publicKey.replace(/-----[A-Z ]+-----/g, ''));
      const { n, e } = readRsaKey(spki);
      const skewMs = Date.parse(header('date') ?? '') - clock.now() || 0;
      if (!pinnedKids) return { kid, spki, skewMs };
      // RFC 7638. The kid alone proves nothing: it has to be that of the key.
      const thumbprint = utf8(JSON.stringify({ e: base64url(e), kty: 'RSA', n: base64url(n) }));
      const digest = await (await cryptoFor(operation)).sha256?.(thumbprint);
      if (pinnedKids.includes(kid) && digest && base64url(digest) === kid) return { kid, spki, skewMs };
    } catch (cause) {
      throw asClientError(cause, 'key_unusable', 'untrusted', { operation });
    }
    throw localError('key_untrusted', 'untrusted', { operation }, `${kid} is not one of pinnedKids`);
  };

  /** RFC 7516 section 5.1. */
  const encrypt = async (operation: SealedOperation, { kid, spki, skewMs }: SealingKey, plaintext: object) => {
    const { randomBytes, rsaOaepSha256, aes256Gcm } = await cryptoFor(operation);
    try {
      const [jti, contentKey, iv] = await Promise.all([randomBytes(16), randomBytes(32), randomBytes(12)]);
      const iat = Math.floor((clock.now() + skewMs) / 1000);
      const claims = { aud: operation.path, iat, jti: base64url(jti) };
      const text = building({ operation }, () => JSON.stringify({ ...plaintext, ...claims }));
      const header = base64url(utf8(JSON.stringify({ ...algorithms, kid })));
      const additionalData = utf8(header);
      const [wrapped, sealed] = await Promise.all([
        rsaOaepSha256(spki, contentKey),
        aes256Gcm({ key: contentKey, iv, plaintext: utf8(text), additionalData }),
      ]);
      const bytes = [wrapped, iv, sealed.subarray(0, -16), sealed.subarray(-16)];
      return [header, ...bytes.map(base64url)].join('.');
    } catch (cause) {
      throw asClientError(cause, 'crypto_failed', 'unsupported', { operation });
    }
  };

  return async (operation, plaintext, send, signal) => {
    const attempt = async (used: Promise<SealingKey>) => {
      const value = async () => encrypt(operation, await used, plaintext);
      return send(await within({ operation, signal }, clock, limitMs, value));
    };
    const first = currentKey(operation);
    try {
      return await attempt(first);
    } catch (error) {
      if ((error as { readonly code?: unknown }).code !== 'seal_invalid') throw error;
      forget(first);
      return attempt(currentKey(operation));
    }
  };
}
