/** One origin for the page and its backend: Palestra answers what its plugins describe, the rest is the page. */
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { stams } from '@palestra/plugin-stams';
import { team } from '@palestra/plugin-team';
import { createPalestra } from '@palestra/server';
import { build } from 'esbuild';
import Koa from 'koa';

const folder = join(import.meta.dirname, 'app');
const policy = "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/**
 * @param {Omit<import('@palestra/server').PalestraOptions, 'plugins'> & { port: number, conditions?: string[] }} options
 * `port` 0 takes any free one; `conditions` are export conditions of the bundle.
 */
export async function startClub({ port, conditions = [], ...options }) {
  const palestra = createPalestra({ ...options, plugins: [team, stams] });
  await palestra.start();
  const app = new Koa();
  app.use(palestra.middleware());
  app.use(await page(conditions));
  const server = createServer(app.callback()).listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    async close() {
      server.close();
      server.closeAllConnections();
      await palestra.stop();
    },
  };
}

/** Three files, bundled and read once. */
async function page(conditions) {
  const entryPoints = [join(folder, 'main.mjs')];
  const bundled = await build({
    entryPoints,
    conditions,
    bundle: true,
    format: 'esm',
    target: 'es2022',
    minify: true,
    write: false,
  });
  const files = {
    '/': ['html', await readFile(join(folder, 'index.html'))],
    '/style.css': ['css', await readFile(join(folder, 'style.css'))],
    '/main.js': ['js', Buffer.from(bundled.outputFiles[0].contents)],
  };
  return (ctx, next) => {
    const file = files[ctx.path];
    if (file === undefined) return next();
    [ctx.type, ctx.body] = file;
    ctx.set('content-security-policy', policy);
  };
}
