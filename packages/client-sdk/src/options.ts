/** The options of a client. */
import type { RetryPolicy } from './call/call.js';
import type { Middleware } from './call/middleware.js';
import type { AnyClientPlugin } from './resources/plugin.js';
import type { Clock } from './runtime/clock.js';
import type { Transport } from './runtime/transport.js';
import type { CryptoProvider } from './sealing/crypto.js';
import type { TokenStore } from './session/tokens.js';

/** The options of a client. */
export interface ClientOptions<Plugins extends readonly AnyClientPlugin[] = readonly AnyClientPlugin[]> {
  /** The server's address, such as `https://gym.example`, with the path it is mounted under, if any. */
  readonly baseUrl: string;
  /** Where tokens are kept; `memoryTokens()` by default. `storageTokens(localStorage)` survives a reload. */
  readonly tokens?: TokenStore;
  /** The runtime's `fetch` by default. */
  readonly transport?: Transport;
  /** WebCrypto by default; required where there is none. */
  readonly crypto?: CryptoProvider;
  /** Accept no sealing key but these (RFC 7638 thumbprints). */
  readonly pinnedKids?: readonly string[];
  /** 5 attempts within 60 s by default; false sends everything once. */
  readonly retry?: Partial<RetryPolicy> | false;
  /** For one attempt; 30,000 ms by default. */
  readonly timeoutMs?: number;
  /** Middleware, the outermost first. */
  readonly use?: readonly Middleware[];
  /** Client parts of further plugins. */
  readonly plugins?: Plugins;
  /** Time, for tests. */
  readonly clock?: Clock;
  /** Chance (0 ≤ x < 1), for tests. */
  readonly random?: () => number;
}
