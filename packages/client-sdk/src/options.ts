/** The options of a client. */
import type { RetryPolicy } from './call/call.js';
import type { Middleware } from './call/middleware.js';
import type { CryptoProvider } from './crypto/provider.js';
import type { AnyClientPlugin } from './resources/plugin.js';
import type { Clock } from './runtime/clock.js';
import type { Transport } from './runtime/transport.js';
import type { TokenStore } from './session/tokens.js';

/** The options of a lean client. */
export interface LeanClientOptions<Plugins extends readonly AnyClientPlugin[] = readonly AnyClientPlugin[]> {
  /** The server's address, such as `https://gym.example`, with the path it is mounted under, if any. */
  readonly baseUrl: string;
  /** Where tokens are kept; `memoryTokens()` by default. `storageTokens(localStorage)` survives a reload. */
  readonly tokens?: TokenStore;
  /** The runtime's `fetch` by default. */
  readonly transport?: Transport;
  /** WebCrypto by default, and plain JavaScript where there is none; required without `crypto.getRandomValues`. */
  readonly crypto?: CryptoProvider;
  /** Accept no sealing key but these (RFC 7638 thumbprints). */
  readonly pinnedKids?: readonly string[];
  /** 5 attempts within 60 s by default; false sends everything once. */
  readonly retry?: Partial<RetryPolicy> | false;
  /** For one attempt; 30,000 ms by default. */
  readonly timeoutMs?: number;
  /** Sent with every request, such as the tenant that a proxy wants. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Middleware, the outermost first. The client's own requests for keys and tokens do not pass through it. */
  readonly use?: readonly Middleware[];
  /** Client parts of further plugins. */
  readonly plugins?: Plugins;
  /** Time, for tests. */
  readonly clock?: Clock;
  /** Chance (0 ≤ x < 1), for tests. */
  readonly random?: () => number;
}

/** The options of a client. */
export interface ClientOptions<Plugins extends readonly AnyClientPlugin[] = readonly AnyClientPlugin[]>
  extends LeanClientOptions<Plugins> {
  /** Gets one line for each attempt, such as `console.debug`; no token, parameter or body is in it. */
  readonly debug?: (line: string) => void;
}
