/** What an app pays: bundles for the browser, minified and gzipped, with no Node in them. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { build } from 'esbuild';

/** Bytes: what an app loads at its start, with the first sign-in, and there where a runtime has no `crypto.subtle`. */
const limits = { whole: 12_288, lean: 6_144, signIn: 2_304, portable: 2_304 } as const;

/** What each moment loads, without what is loaded already. */
interface Bundle {
  readonly start: string;
  readonly signIn: string;
  readonly portable: string;
}

async function bundle(source: string): Promise<Bundle> {
  const { metafile, outputFiles } = await build({
    stdin: { contents: source, resolveDir: import.meta.dirname, loader: 'ts' },
    conditions: ['@palestra/source'],
    bundle: true,
    splitting: true,
    outdir: 'bundle',
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    write: false,
    metafile: true,
  });
  const loaded = new Set<string>();
  const load = (path: string): string => {
    if (loaded.has(path)) return '';
    loaded.add(path);
    const { imports = [] } = metafile.outputs[path] ?? {};
    const text = outputFiles.find((file) => file.path.endsWith(path))?.text ?? '';
    return text + imports.map((each) => (each.kind === 'import-statement' ? load(each.path) : '')).join('');
  };
  const chunkOf = (module: string) =>
    Object.entries(metafile.outputs).find(([, { entryPoint }]) => entryPoint?.endsWith(module))?.[0] ?? '';
  const start = load(chunkOf('<stdin>'));
  const signIn = load(chunkOf('credentials/index.ts'));
  return { start, signIn, portable: load(chunkOf('crypto/portable.ts')) };
}

/** Hermes has no property escapes; Safari before 16.4, the WeChat of older iPhones too, has no lookbehind. */
const unsupported = {
  'regexp-lookbehind-assertions': false,
  'regexp-match-indices': false,
  'regexp-set-notation': false,
  'regexp-unicode-property-escapes': false,
};

const everything = `export * from '@palestra/client'`;
const signInAndGym = `
  import { auth, createLeanClient, gym } from '@palestra/client';
  export const client = createLeanClient({ baseUrl: 'https://gym.example', plugins: [auth, gym] });
`;
const gzipped = (text: string) => gzipSync(text, { level: 9 }).length;

describe('bundle', () => {
  it(`is at most ${limits.whole} bytes with everything in it`, async () => {
    const { start } = await bundle(everything);
    expect(gzipped(start)).to.be.within(1_000, limits.whole);
    expect(start).to.include('/api/discovery/merchandise');
  });

  it(`is at most ${limits.lean} bytes with sign-in and one resource`, async () => {
    const { start } = await bundle(signInAndGym);
    expect(gzipped(start)).to.be.within(1_000, limits.lean);
    expect(start).to.include('/api/gym/{id}').and.not.include('/api/merchandise');
  });

  it(`loads at most ${limits.signIn} bytes more with the first sign-in, which encrypts the password`, async () => {
    const { start, signIn } = await bundle(signInAndGym);
    expect(gzipped(signIn)).to.be.within(500, limits.signIn);
    expect(signIn).to.include('RSA-OAEP-256');
    expect(start).to.not.include('RSA-OAEP');
  });

  it(`loads at most ${limits.portable} bytes more where there is no crypto.subtle`, async () => {
    const { portable } = await bundle(signInAndGym);
    expect(gzipped(portable)).to.be.within(500, limits.portable);
    expect(portable).to.include('BigInt');
  });

  it('uses nothing of Node', async () => {
    const { start, signIn, portable } = await bundle(everything);
    expect(start + signIn + portable).to.not.match(/\brequire\(|["']node:|\bprocess\.|\bBuffer\b/);
  });

  it('has no regular expression that Hermes (React Native) or an older Safari refuses', async () => {
    const { exports } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
    const entries = Object.keys(exports).filter((entry) => entry !== './package.json');
    // As Metro does: modules that nothing uses are loaded too. esbuild writes what is not supported as `new RegExp`.
    const { outputFiles } = await build({
      stdin: {
        contents: entries.map((entry) => `import '@palestra/client${entry.slice(1)}';`).join('\n'),
        resolveDir: import.meta.dirname,
      },
      conditions: ['@palestra/source'],
      bundle: true,
      ignoreAnnotations: true,
      treeShaking: false,
      write: false,
      format: 'esm',
      supported: unsupported,
    });
    const text = outputFiles[0]?.text ?? '';
    expect(text.match(/.*new RegExp\(.*/g)).to.equal(null);
    expect(['wx.login', 'cookieTokens'].filter((each) => !text.includes(each))).to.deep.equal([]);
  });

  it('can be required by a CommonJS program', () => {
    const program = `const { createClient } = require('@palestra/client'); console.log(typeof createClient)`;
    const args = ['--conditions=@palestra/source', '--import', 'tsx', '--input-type=commonjs', '-e', program];
    expect(execFileSync(process.execPath, args, { cwd: import.meta.dirname, encoding: 'utf8' })).to.equal('function\n');
  });
});
