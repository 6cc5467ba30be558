/** Type checks of small programs, as their authors would run them: by TypeScript 7, in a fifth of the time that the API of 6 takes. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, parse } from 'node:path';
import { compiler } from '../set-up.mjs';
import { repository } from '../workspace.js';

/** As in a `tsconfig.json`; it emits nothing by default, and finds the `@types` of this repository. */
export type CompilerOptions = Readonly<Record<string, string | boolean | readonly string[]>>;

const defaults: CompilerOptions = {
  noEmit: true,
  rootDir: parse(repository).root,
  skipDefaultLibCheck: true,
  typeRoots: ['node_modules/@types', 'node_modules'].map((folder) => join(repository, folder)),
};

/** The last version that knows `node10`, the resolution of older projects. */
export const typescript6: string = join(repository, 'node_modules/typescript/bin/tsc');

/** What the compiler prints of these files, which are given by absolute path: a line each, none where all is well. */
export async function complaintsOf(
  files: readonly string[],
  options: CompilerOptions,
  version: string = compiler,
): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'palestra-types-'));
  const project = join(folder, 'tsconfig.json');
  const compilerOptions = { ...defaults, ...options };
  try {
    writeFileSync(project, JSON.stringify({ files, compilerOptions }));
    const { status, output } = await run(version, '-p', project, '--pretty', 'false');
    const lines = output.split('\n').filter((line) => line.trim() !== '');
    return status === 0 || lines.length > 0 ? lines : [`The compiler ended with ${status}.`];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function run(...args: readonly string[]): Promise<{ readonly status: number | null; readonly output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd: repository, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk));
    child.once('error', reject);
    child.once('close', (status) => resolve({ status, output }));
  });
}
