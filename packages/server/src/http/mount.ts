/** Mounts a middleware under a path prefix: inside it the path has no prefix, after it the path is whole again. */
import type { Context, Middleware, Next } from 'koa';

/** @throws TypeError for a prefix of another form than `/backend` */
export function mountedAt(prefix: string, inner: Middleware): Middleware {
  if (!/^(\/[^/?#]+)+$/.test(prefix)) throw new TypeError(`A prefix is like /backend, not ${JSON.stringify(prefix)}.`);
  return async (ctx: Context, next: Next) => {
    const { path } = ctx;
    if (!path.startsWith(`${prefix}/`)) return next();
    const within = path.slice(prefix.length);
    ctx.path = within;
    try {
      await inner(ctx, async () => {
        ctx.path = path;
        await next();
        ctx.path = within;
      });
    } finally {
      ctx.path = path;
    }
  };
}

/** What was removed from the front of the path: by `mountedAt`, koa-mount, or an Express app around Koa. */
export function prefixOf(ctx: Context): string {
  const { originalUrl = ctx.originalUrl }: { url?: string | undefined; originalUrl?: string } = ctx.req;
  // An absolute target (RFC 9112 section 3.2.2) names a host of the caller's choice, which must not reach the document.
  const [original = ''] = originalUrl.replace(/^[a-z][a-z\d+.-]*:\/\/[^/?#]*/i, '').split('?', 1);
  return original.endsWith(ctx.path) ? original.slice(0, -ctx.path.length) : '';
}
