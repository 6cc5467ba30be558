/** Builds what `/docs` loads into `packages/server/assets`: Swagger UI as it is published, and our part of the page. */
import { copyFileSync, mkdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';

const server = fileURLToPath(new URL('../packages/server', import.meta.url));
const assets = join(server, 'assets');
const swagger = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));

rmSync(assets, { recursive: true, force: true });
mkdirSync(assets, { recursive: true });
for (const file of ['swagger-ui.css', 'swagger-ui-bundle.js', 'LICENSE', 'NOTICE']) {
  const target = /^[A-Z]+$/.test(file) ? `swagger-ui.${file}` : file;
  copyFileSync(join(swagger, file), join(assets, target));
}
copyFileSync(join(server, 'docs-page/docs.css'), join(assets, 'docs.css'));
buildSync({
  entryPoints: { docs: join(server, 'docs-page/main.ts') },
  outdir: assets,
  bundle: true,
  minify: true,
  format: 'iife',
  platform: 'browser',
  target: 'es2022',
  conditions: ['@palestra/source'],
  legalComments: 'none',
  banner: { js: '/* Built from packages/server/docs-page and packages/client-sdk. */' },
});
