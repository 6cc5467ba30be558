/** What a client is made with; everything but `baseUrl` has a default that works. */
import type { Middleware } from './call.js';
import type { CryptoProvider } from './crypto.js';
import type { AnyClientPlugin } from './plugin.js';
import type { RetryPolicy } from './retry.js';
import type { Clock } from './runtime.js';
import type { TokenStore } from './tokens.js';
import type { Transport } from './transport.js';

/** What a client is made with; everything but `baseUrl` has a default that works. */
export interface ClientOptions<Plugins extends readonly AnyClientPlugin[] = readonly AnyClientPlugin[]> {
  /** Where the server is, such as `https://gym.example`; with the path it is mounted under, if it is. */
  readonly baseUrl: string;
  /** Where tokens are kept: `memoryTokens()` unless told; `storageTokens(localStorage)` survives a reload. */
  readonly tokens?: TokenStore;
  /** The runtime's `fetch` unless told. */
  readonly transport?: Transport;
  /** WebCrypto unless told; needed where there is none. */
  readonly crypto?: CryptoProvider;
  /** Accept no sealing key but these (RFC 7638 thumbprints). */
  readonly pinnedKids?: readonly string[];
  /** 5 attempts within 60 s unless told; false sends everything once. */
  readonly retry?: Partial<RetryPolicy> | false;
  /** For one attempt; 30,000 ms unless told. */
  readonly timeoutMs?: number;
  /** Middleware, the outermost first. */
  readonly use?: readonly Middleware[];
  /** Client parts of further domains. */
  readonly plugins?: Plugins;
  /** Time, for tests. */
  readonly clock?: Clock;
  /** Chance (0 ≤ x < 1), for tests. */
  readonly random?: () => number;
}
