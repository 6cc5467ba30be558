/** Rate limits as a part of the host: the limiter, and the table that all instances count in. */
import { catalogue, isPalestraError } from '@palestra/core';
import { createInterval } from '../async/interval.js';
import type { HostPart } from '../plugin/host-part.js';
import type { PluginMetrics } from '../plugin/metrics.js';
import { version } from '../version.generated.js';
import { createLimiter, unlimited } from './limiter.js';
import { migrations } from './migrations.js';
import { createWindowStore } from './store.js';
import { type RateLimiter, rateLimitService } from './types.js';

const purgeEveryMs = 10 * 60_000;

/** `on: false` counts nothing, for tests and benchmarks (`PALESTRA_RATE_LIMIT=off`). */
export function createRateLimit({
  on,
}: {
  readonly on: boolean;
}): HostPart<{ operations: object; service: RateLimiter }> {
  return {
    name: 'rate-limit',
    version,
    host: '^1.0.0',
    contract: { paths: {} },
    provides: rateLimitService,
    migrations,
    async setup({ database, metrics, host: { keys, clock, log } }) {
      const store = createWindowStore(database);
      const purging = createInterval(() => store.purge(clock.now()), {
        everyMs: purgeEveryMs,
        failure: 'Old rate windows could not be purged.',
        log,
      });
      const limiter = createLimiter({ database, store, keys: await keys.secrets('rate-limit'), clock, log });
      return {
        handlers: {},
        service: counting(on ? limiter : unlimited, metrics),
        start: () => purging.start(),
        stop: () => purging.stop(),
      };
    },
  };
}

/** The same limiter; what it refuses is counted. */
function counting(limiter: RateLimiter, metrics: PluginMetrics): RateLimiter {
  const help = 'Requests that were refused by a rate limit, by the name of the limit.';
  const refused = metrics.counter({ name: 'refused_total', help, labels: ['limit'] });
  return {
    async attempt(limits, subject) {
      try {
        return await limiter.attempt(limits, subject);
      } catch (error) {
        if (isPalestraError(error) && error.fact === catalogue.tooManyRequests)
          refused.increment({ limit: limits.name });
        throw error;
      }
    },
  };
}
