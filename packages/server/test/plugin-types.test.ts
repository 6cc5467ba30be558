/** The published types of the plugin API, as plugin authors compile against them, under two versions of TypeScript. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { compile } from '../../../scripts/pack.js';

const run = promisify(execFile);
const require = createRequire(import.meta.url);
const source = fileURLToPath(new URL('plugin-types/plugin.ts', import.meta.url));
const options =
  '--noEmit --strict --exactOptionalPropertyTypes --noUncheckedIndexedAccess --skipLibCheck --target ES2023 --lib ES2023 --module NodeNext --types node --ignoreConfig';

describe('the types of the plugin API', () => {
  before(() => compile('packages/server'));

  for (const name of ['typescript-5', 'typescript-7']) {
    const folder = fileURLToPath(new URL('.', `file://${require.resolve(`${name}/package.json`)}`));
    const { version } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'));

    it(`let through what is right and nothing else (TypeScript ${version})`, async () => {
      // TypeScript 5 ignores a configuration file by itself where files are named.
      const args = options.split(' ').filter((option) => name !== 'typescript-5' || option !== '--ignoreConfig');
      const found = await run(process.execPath, [`${folder}/bin/tsc`, ...args, source]).then(
        () => '',
        ({ stdout, stderr }) => `${stdout}${stderr}`,
      );
      expect(found).to.equal('');
    }).timeout(120_000);
  }
});
