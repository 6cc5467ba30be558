/** `client.keys` */
import type { CallOptions } from '../call/call.js';
import type { components } from '../generated/openapi.js';
import { getJwks, getServerKey } from '../generated/operations.js';
import type { ClientPlugin } from './plugin.js';

/** The key that credentials are encrypted with: PEM, and its RFC 7638 thumbprint. @interface */
export type ServerKey = components['schemas']['ServerKey'];
/** Public keys (RFC 7517). @interface */
export type JwkSet = components['schemas']['JwkSet'];

/** The server's public keys. Sealing fetches its key by itself; these are for pinning and for checking tokens. */
export interface KeysApi {
  /** The key that credentials are sealed with. */
  sealing(options?: CallOptions): Promise<ServerKey>;
  /** Every public key, as a JWK Set (RFC 7517). */
  all(options?: CallOptions): Promise<JwkSet>;
}

/** The part behind `client.keys`, for `createLeanClient`. */
export const keys: ClientPlugin<'keys', KeysApi> = {
  name: 'keys',
  setup: ({ call }) => ({
    sealing: (options) => call(getServerKey, {}, options),
    all: (options) => call(getJwks, {}, options),
  }),
};
