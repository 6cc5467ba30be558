/** Seals credentials before they are sent: JWE compact, RSA-OAEP-256 and A256GCM, for the key of `GET /api/gpk`. */
import { type ServerKey, sealAlgorithm } from '@palestra/core';
import { untilAborted } from '../call/abort.js';
import type { CallOptions } from '../call/call.js';
import { ClientError, type ErrorFacts, isClientError } from '../errors/client-error.js';
import { aborted, beforeRequest } from '../errors/local-errors.js';
import { getServerKey } from '../generated/operations.js';
import { base64url, fromBase64, utf8 } from '../runtime/bytes.js';
import type { Clock } from '../runtime/clock.js';
import type { CryptoProvider } from './crypto.js';

/** A key, and the server's clock when it sent the key. */
export interface FetchedKey {
  readonly key: ServerKey;
  /** Milliseconds to add to the client's clock; 0 where the `Date` header cannot be read. */
  readonly skewMs: number;
}

interface SealerParts {
  readonly crypto: CryptoProvider | undefined;
  readonly pinnedKids: readonly string[] | undefined;
  readonly clock: Clock;
  fetchKey(): Promise<FetchedKey>;
}

interface OpenKey {
  readonly kid: string;
  readonly spki: Uint8Array;
  readonly skewMs: number;
}

export class Sealer {
  readonly #parts: SealerParts;
  #key: Promise<OpenKey> | undefined;

  constructor(parts: SealerParts) {
    this.#parts = parts;
  }

  /** Seals again for each attempt, since a value opens once; fetches the key again if the server cannot open it. */
  async use<Result>(
    plaintext: object,
    send: (value: string) => Promise<Result>,
    { signal }: CallOptions = {},
  ): Promise<Result> {
    const attempt = async () => send(await untilAborted(this.#seal(plaintext), signal, () => aborted(origin)));
    try {
      return await attempt();
    } catch (error) {
      if (!isClientError(error) || error.code !== 'seal_invalid') throw error;
      this.#key = undefined;
      return attempt();
    }
  }

  async #seal(plaintext: object): Promise<string> {
    const crypto = this.#crypto();
    try {
      const key = await this.#current();
      const iat = Math.floor((this.#parts.clock.now() + key.skewMs) / 1000);
      const jti = base64url(crypto.randomBytes(16));
      return await encrypt(crypto, key, utf8(JSON.stringify({ ...plaintext, iat, jti })));
    } catch (cause) {
      if (isClientError(cause)) throw cause;
      throw failure({ kind: 'untrusted', code: 'key_unusable', cause }, "The server's key cannot be used");
    }
  }

  /** Fetched once for all that wait for it; a failure is not kept. */
  #current(): Promise<OpenKey> {
    if (this.#key === undefined) {
      const opening = this.#open();
      this.#key = opening;
      opening.catch(() => {
        if (this.#key === opening) this.#key = undefined;
      });
    }
    return this.#key;
  }

  async #open(): Promise<OpenKey> {
    const { key, skewMs } = await this.#parts.fetchKey();
    const spki = fromBase64(key.publicKey.replace(/-----[A-Z ]+-----|\s/g, ''));
    await this.#check(key.kid, spki);
    return { kid: key.kid, spki, skewMs };
  }

  /** A pin is worthless unless the kid is that of the key. */
  async #check(kid: string, spki: Uint8Array): Promise<void> {
    const { pinnedKids } = this.#parts;
    if (pinnedKids === undefined) return;
    if (pinnedKids.includes(kid) && (await this.#crypto().thumbprint?.(spki)) === kid) return;
    throw failure({ kind: 'untrusted', code: 'key_untrusted' }, `The server's key ${kid} is not one of pinnedKids`);
  }

  #crypto(): CryptoProvider {
    const { crypto } = this.#parts;
    if (crypto !== undefined) return crypto;
    const message = 'No WebCrypto here (an insecure origin, or React Native): give createClient a `crypto`';
    throw failure({ kind: 'unsupported', code: 'crypto_missing' }, message);
  }
}

/** RFC 7516 section 5.1. */
async function encrypt(crypto: CryptoProvider, { kid, spki }: OpenKey, plaintext: Uint8Array): Promise<string> {
  const header = base64url(utf8(JSON.stringify({ ...sealAlgorithm, kid })));
  const contentKey = crypto.randomBytes(32);
  const iv = crypto.randomBytes(12);
  const [wrapped, sealed] = await Promise.all([
    crypto.rsaOaepSha256(spki, contentKey),
    crypto.aes256Gcm({ key: contentKey, iv, plaintext, additionalData: utf8(header) }),
  ]);
  const parts = [wrapped, iv, sealed.subarray(0, -16), sealed.subarray(-16)];
  return [header, ...parts.map((part) => base64url(part))].join('.');
}

const origin = beforeRequest(getServerKey.id);

function failure(facts: Pick<ErrorFacts, 'kind' | 'code' | 'cause'>, message: string): ClientError {
  return new ClientError(message, { ...origin, ...facts });
}
