/** What an app's developer wants to see of each attempt. */
import type { Call } from '../call/call.js';
import type { Middleware } from '../call/middleware.js';
import { isClientError } from '../errors/client-error.js';
import { type Clock, systemClock } from '../runtime/clock.js';
import { runtime } from '../runtime/runtime.js';

/** What can be observed. */
interface ObserveOptions {
  readonly debug?: ((line: string) => void) | undefined;
  readonly clock?: Clock;
}

/** One line an attempt to `debug`, without tokens, parameters and bodies; a deprecation notice once an operation. */
export function observing({ debug, clock = systemClock }: ObserveOptions): Middleware {
  const warned = new Set<string>();
  return async (call, next) => {
    const started = clock.monotonic();
    const tell = (outcome: unknown) => {
      if (!debug) return;
      const ms = Math.round(clock.monotonic() - started);
      const line = `${describe(call)}: ${outcome} after ${ms} ms, attempt ${call.attempts}, request ${call.requestId || '-'}`;
      // What a listener throws is its own affair.
      Promise.resolve(line)
        .then(debug)
        .catch(() => {});
    };
    try {
      const answer = await next();
      const deprecation = answer.header('deprecation');
      if (deprecation !== undefined && !warned.has(call.operation.id)) {
        warned.add(call.operation.id);
        runtime.console?.warn(deprecationNotice(call, deprecation, answer.header('link')));
      }
      tell(answer.status);
      return answer;
    } catch (error) {
      tell(isClientError(error) ? (error.status ?? error.code) : error);
      throw error;
    }
  };
}

function describe({ operation }: Call): string {
  return `${operation.id} ${operation.method} ${operation.path}`;
}

/** RFC 9745: `@` and seconds since the epoch; `Link` may have a page about it. */
function deprecationNotice(call: Call, deprecation: string, link = ''): string {
  const seconds = Number(/^@(\d+)$/.exec(deprecation)?.[1]);
  const since = seconds ? ` since ${new Date(seconds * 1000).toISOString().slice(0, 10)}` : '';
  const page = /<([^>]+)>[^,]*rel="?deprecation"?/.exec(link)?.[1];
  return `${describe(call)} is deprecated${since}${page ? `: see ${page}` : ''}`;
}
