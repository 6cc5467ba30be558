/** `@palestra/client/cookies`: tokens in a cookie, for servers that render pages for the user who asks. */
import { reliableTokens } from './reliable-tokens.js';
import { isTokens, queue, type TokenStore, type Tokens } from './tokens.js';

/** How the cookie is set, in the terms of RFC 6265bis. */
export interface CookieAttributes {
  readonly httpOnly: true;
  readonly secure: boolean;
  readonly sameSite: 'lax';
  readonly path: string;
  /** Seconds; 0 deletes the cookie. */
  readonly maxAge: number;
}

/** The cookies of one request and its response; a framework's own functions fit, such as Next.js's and SvelteKit's. */
export interface RequestCookies {
  get(name: string): string | undefined;
  set(name: string, value: string, attributes: CookieAttributes): unknown;
}

/** What `cookieTokens` may be told. */
export interface CookieOptions {
  /** `palestra` by default. */
  readonly name?: string;
  /** `/` by default. */
  readonly path?: string;
  /** False for development on plain HTTP. */
  readonly secure?: boolean;
  /** 30 days by default, as long as the server lets a session last. */
  readonly maxAge?: number;
}

/**
 * The tokens of the user whose request is being answered: `client.as(cookieTokens(cookies))`. Requests that come together
 * may refresh at the same time: they send the same refresh token and key, and so get the same successor.
 */
export function cookieTokens(cookies: RequestCookies, options: CookieOptions = {}): TokenStore {
  const { name = 'palestra', path = '/', secure = true, maxAge = 30 * 24 * 3600 } = options;
  const attributes = { httpOnly: true, secure, sameSite: 'lax', path } as const;
  const oneByOne = queue();
  let current = parse(cookies.get(name));
  return reliableTokens({
    read: async () => current,
    update: (change) =>
      oneByOne(async () => {
        const next = change(current);
        if (next === current) return;
        cookies.set(name, next ? encodeURIComponent(JSON.stringify(next)) : '', {
          ...attributes,
          maxAge: next ? maxAge : 0,
        });
        current = next;
      }),
    exclusive: queue(),
  });
}

function parse(value = ''): Tokens | undefined {
  try {
    // A framework may have decoded it already; decoding twice changes nothing, since tokens have no percent sign.
    const tokens: unknown = JSON.parse(decodeURIComponent(value));
    return isTokens(tokens) ? tokens : undefined;
  } catch {
    return undefined;
  }
}
