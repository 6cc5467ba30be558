/** What of the client `tsc` does not build: `dist/cjs` marked as CommonJS, and one file for each entry of a mini-program. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';

const packages = fileURLToPath(new URL('../packages', import.meta.url));

for (const name of ['core', 'client-sdk']) {
  const folder = join(packages, name, 'dist/cjs');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "type": "commonjs" }\n');
}

// WeChat's npm builder copies the folder that `miniprogram` names; what is in it cannot depend on other packages.
const client = join(packages, 'client-sdk');
buildSync({
  entryPoints: {
    index: join(client, 'src/index.ts'),
    portable: join(client, 'src/crypto/portable.ts'),
    weapp: join(client, 'src/weapp/index.ts'),
  },
  outdir: join(client, 'dist/miniprogram'),
  bundle: true,
  minifySyntax: true,
  format: 'cjs',
  platform: 'neutral',
  // The oldest that takes the client's async generators; the builder of a mini-program transpiles no package.
  target: 'es2018',
  conditions: ['@palestra/source'],
});
