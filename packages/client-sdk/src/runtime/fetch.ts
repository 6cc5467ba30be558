/** The default transport: the runtime's own `fetch`. */
import { runtime } from './runtime.js';
import type { Transport } from './transport.js';

/** Looked up at each call, so that a page may replace its `fetch`; undefined where there is none. */
export function runtimeFetch(): Transport | undefined {
  const { fetch } = runtime;
  // Called without a receiver, as browsers require.
  return fetch && ((url, init) => fetch(url, init));
}
