/** What an app pays: bundles for the browser, minified and gzipped, with no Node in them. */
import { execFileSync } from 'node:child_process';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { build } from 'esbuild';

/** Bytes; `performance.md` sets both. */
const limits = { whole: 12_288, lean: 6_144 } as const;

async function bundle(source: string): Promise<string> {
  const result = await build({
    stdin: { contents: source, resolveDir: import.meta.dirname, loader: 'ts' },
    conditions: ['@palestra/source'],
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    write: false,
  });
  return result.outputFiles[0]?.text ?? '';
}

const gzipped = (text: string) => gzipSync(text, { level: 9 }).length;

describe('bundle', () => {
  it(`is at most ${limits.whole} bytes with everything in it`, async () => {
    const text = await bundle(`export * from '@palestra/client'`);
    expect(gzipped(text)).to.be.within(1_000, limits.whole);
    expect(text).to.include('/api/discovery/merchandise');
  });

  it(`is at most ${limits.lean} bytes with sign-in and one resource`, async () => {
    const text = await bundle(`
      import { auth, createLeanClient, gym } from '@palestra/client';
      export const client = createLeanClient({ baseUrl: 'https://gym.example', plugins: [auth, gym] });
    `);
    expect(gzipped(text)).to.be.within(1_000, limits.lean);
    expect(text).to.include('/api/gym/{id}').and.not.include('/api/merchandise');
  });

  it('asks nothing of Node', async () => {
    const text = await bundle(`export * from '@palestra/client'`);
    expect(text).to.not.match(/\brequire\(|["']node:|\bprocess\.|\bBuffer\b/);
  });

  it('can be required by a program of the old kind', () => {
    const program = `const { createClient } = require('@palestra/client'); console.log(typeof createClient)`;
    const args = ['--conditions=@palestra/source', '--import', 'tsx', '--input-type=commonjs', '-e', program];
    expect(execFileSync(process.execPath, args, { cwd: import.meta.dirname, encoding: 'utf8' })).to.equal('function\n');
  });
});
