/** Runs `palestra` as its users do: a process of its own, in a folder with a configuration file. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Installation {
  readonly dataDir: string;
  readonly database: string;
}

const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
const loader = import.meta.resolve('tsx');

export type Palestra = (args: readonly string[], options?: { input?: string; env?: object }) => Promise<Outcome>;

/** `palestra` for one installation, and what takes its folder away again. */
export async function createPalestraCommand({
  dataDir,
  database,
}: Installation): Promise<[Palestra, () => Promise<void>]> {
  const folder = await mkdtemp(join(tmpdir(), 'palestra-cli-'));
  await writeFile(join(folder, 'palestra.config.mjs'), 'export const plugins = [];\n');
  const run: Palestra = (args, { input = '', env = {} } = {}) =>
    new Promise((resolve) => {
      const child = execFile(
        process.execPath,
        ['--conditions=@palestra/source', '--import', loader, main, ...args],
        {
          cwd: folder,
          env: {
            PATH: process.env.PATH,
            PALESTRA_DATA_DIR: dataDir,
            DATABASE_URL: database,
            PALESTRA_LOG_LEVEL: 'warn',
            ...env,
          },
        },
        (error, stdout, stderr) => resolve({ code: Number(error?.code ?? 0), stdout, stderr }),
      );
      child.stdin?.end(input);
    });
  return [run, () => rm(folder, { recursive: true })];
}
