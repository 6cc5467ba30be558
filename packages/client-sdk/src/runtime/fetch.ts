/** The default transport: the runtime's own `fetch`. */
import { runtime } from './runtime.js';
import type { Transport } from './transport.js';

/** Looked up at each call, so that a page may replace its `fetch`. */
export const runtimeFetch: Transport = async (url, init) => {
  if (runtime.fetch === undefined) throw new Error('No fetch here: give createClient a `transport`');
  return runtime.fetch(url, init);
};
