/**
 * Cross-origin requests, from the origins that the integrator lists: by exact match, without a wildcard, and without
 * cookies, since no request is authorized by one.
 */
import type { HttpContext } from '../steps/http-context.js';

export interface CorsOptions {
  /** `https://app.club.example`: scheme, host, and the port unless it is the scheme's default. */
  readonly origins: readonly string[];
}

/** True if the request was a preflight and is answered. */
export type Cors = (ctx: Pick<HttpContext, 'req' | 'res'>) => boolean;

const methods = 'GET, HEAD, POST, PUT, PATCH, DELETE';
const requestHeaders =
  'Accept, Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, Palestra-Client, Traceparent, Tracestate, X-Request-Id';
const answerHeaders =
  'Date, Deprecation, ETag, Idempotency-Replayed, Link, Location, Retry-After, Sunset, WWW-Authenticate, X-Request-Id';
const preflightSeconds = '600';

/** @throws TypeError for an entry that no browser sends as `Origin` */
export function createCors({ origins }: CorsOptions): Cors {
  const invalid = origins.find((origin) => !isOrigin(origin));
  if (invalid !== undefined) {
    throw new TypeError(`An origin is like https://app.club.example, not ${JSON.stringify(invalid)}.`);
  }
  const allowed = new Set(origins);
  return ({ req, res }) => {
    const { origin } = req.headers;
    // Without the header too, or a cache would serve this response to other origins.
    res.appendHeader('vary', 'Origin');
    if (origin === undefined || !allowed.has(origin)) return false;
    res.setHeader('access-control-allow-origin', origin);
    if (req.method !== 'OPTIONS' || req.headers['access-control-request-method'] === undefined) {
      res.setHeader('access-control-expose-headers', answerHeaders);
      return false;
    }
    res.setHeader('access-control-allow-methods', methods);
    res.setHeader('access-control-allow-headers', requestHeaders);
    res.setHeader('access-control-max-age', preflightSeconds);
    return true;
  };
}

function isOrigin(text: string): boolean {
  return /^https?:[^*]+$/.test(text) && URL.canParse(text) && new URL(text).origin === text;
}
