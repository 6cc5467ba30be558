/** What an app pays: bundles for the browser, minified and gzipped, with no Node in them. */
import { execFileSync } from 'node:child_process';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { build } from 'esbuild';

/** Bytes: what an app loads at its start, and what the first sign-in loads after that. */
const limits = { whole: 12_288, lean: 6_144, signIn: 2_048 } as const;

interface Bundle {
  /** The entry chunk and all that it imports statically. */
  readonly start: string;
  /** What is imported when it is needed, without what is loaded already. */
  readonly onDemand: string;
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
  const outputs = Object.entries(metafile.outputs);
  const start = new Set<string>();
  const load = (path: string): void => {
    start.add(path);
    for (const each of metafile.outputs[path]?.imports ?? []) if (each.kind === 'import-statement') load(each.path);
  };
  for (const [path, { entryPoint }] of outputs) if (entryPoint === '<stdin>') load(path);
  const textOf = (path: string) => outputFiles.find((file) => file.path.endsWith(path))?.text ?? '';
  const join = (atStart: boolean) =>
    outputs
      .filter(([path]) => start.has(path) === atStart)
      .map(([path]) => textOf(path))
      .join('\n');
  return { start: join(true), onDemand: join(false) };
}

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
    const { start, onDemand } = await bundle(signInAndGym);
    expect(gzipped(onDemand)).to.be.within(500, limits.signIn);
    expect(onDemand).to.include('RSA-OAEP-256');
    expect(start).to.not.include('RSA-OAEP');
  });

  it('uses nothing of Node', async () => {
    const { start, onDemand } = await bundle(everything);
    expect(start + onDemand).to.not.match(/\brequire\(|["']node:|\bprocess\.|\bBuffer\b/);
  });

  it('can be required by a CommonJS program', () => {
    const program = `const { createClient } = require('@palestra/client'); console.log(typeof createClient)`;
    const args = ['--conditions=@palestra/source', '--import', 'tsx', '--input-type=commonjs', '-e', program];
    expect(execFileSync(process.execPath, args, { cwd: import.meta.dirname, encoding: 'utf8' })).to.equal('function\n');
  });
});
