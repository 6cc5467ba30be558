/**
 * Browsers of other origins, where the integrator names them: by exact match, never any, and without cookies, since
 * nothing here is authorised by one.
 */
import type { Context } from 'koa';

export interface CorsOptions {
  /** `https://app.club.example`: scheme, host, and the port where it is not the usual one. */
  readonly origins: readonly string[];
}

/** True if the request is answered: it was a preflight. */
export type Cors = (ctx: Context) => boolean;

const methods = 'GET, HEAD, POST, PUT, PATCH, DELETE';
const requestHeaders =
  'Accept, Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, Palestra-Client, X-Request-Id';
const answerHeaders =
  'Date, Deprecation, ETag, Idempotency-Replayed, Link, Location, Retry-After, Sunset, WWW-Authenticate, X-Request-Id';
const preflightSeconds = '600';

/** @throws TypeError for what no browser sends as `Origin` */
export function createCors({ origins }: CorsOptions): Cors {
  const stranger = origins.find((origin) => !isOrigin(origin));
  if (stranger !== undefined) {
    throw new TypeError(`An origin is like https://app.club.example, not ${JSON.stringify(stranger)}.`);
  }
  const allowed = new Set(origins);
  return ({ req, res }) => {
    const { origin } = req.headers;
    // Also without the header, or a cache would give the answer to everybody.
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
