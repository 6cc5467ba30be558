/** Rate limits for what guessing would be worth: the table and its purging as a plugin like any other. */
import type { Plugin } from '../plugin/plugin.js';
import { version } from '../version.generated.js';
import { createLimiter, type RateLimiter } from './limiter.js';
import { migrations } from './migrations.js';
import { createWindowStore } from './store.js';

export type { Attempt, RateLimiter, Subject } from './limiter.js';
export { isOperationLimit } from './limits.js';

export interface RateLimits {
  readonly plugin: Plugin<{ operations: object }>;
  /** Usable once the plugin is set up. */
  readonly limiter: RateLimiter;
}

const purgeEveryMs = 10 * 60_000;

/** `on: false` counts nothing, for tests and benchmarks (`PALESTRA_RATE_LIMIT=off`). */
export function createRateLimits({ on }: { readonly on: boolean }): RateLimits {
  let limiter: RateLimiter | undefined;
  const plugin: RateLimits['plugin'] = {
    name: 'rate-limit',
    version,
    host: '^1.0.0',
    contract: { paths: {} },
    migrations,
    async setup({ database, keys, clock, log }) {
      const store = createWindowStore(database);
      limiter = createLimiter({ database, store, keys: await keys.secrets('rate-limit'), clock, log });
      let timer: NodeJS.Timeout | undefined;
      const purge = () => {
        store.purge(clock.now()).catch((err: unknown) => log.warn({ err }, 'Old rate windows could not be purged.'));
      };
      return {
        handlers: {},
        start() {
          timer = setInterval(purge, purgeEveryMs).unref();
        },
        stop: () => clearInterval(timer),
      };
    },
  };
  return {
    plugin,
    limiter: {
      async attempt(name, subject) {
        if (!on) return free;
        if (!limiter) throw new Error('Rate limits are not set up yet.');
        return limiter.attempt(name, subject);
      },
    },
  };
}

const free = { succeeded: async () => {} };
