/** A stranger's project with the packed client in it, and a real server for it to talk to. */
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gym } from '@palestra/plugin-gym';
import { startTestHost, type TestHost } from '@palestra/server/testing';
import { type BuildOptions, build } from 'esbuild';
import { compile, packForTests, unpack } from '../../scripts/pack.js';

/** What the story of `consumer/story.cjs` sees. */
export const seen = 'player; Iron, Oak, Silk; permission_denied';

/** Of a page that is neither HTTPS nor localhost: no secure context. */
export const pageOrigin = 'http://app.gym.test';

export interface Project {
  readonly folder: string;
  readonly host: TestHost;
  stop(): Promise<void>;
}

export async function startProject(): Promise<Project> {
  const folder = mkdtempSync(join(tmpdir(), 'palestra-consumer-'));
  compile('packages/client-sdk', 'packages/client-sdk/tsconfig.cjs.json');
  unpack(packForTests(['@palestra/core', '@palestra/client'], join(folder, 'packs')), folder);
  cpSync(fileURLToPath(new URL('../consumer', import.meta.url)), folder, { recursive: true });
  const host = await startTestHost({ plugins: [gym], cors: { origins: [pageOrigin] } });
  const { token } = await host.account('admin');
  for (const name of ['Iron', 'Oak', 'Silk']) await host.operate('/api/gym', token, 'create', { name });
  return {
    folder,
    host,
    async stop() {
      await host.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** One file out of `contents`, which finds the packages of the project. */
export async function bundled(folder: string, contents: string, options: BuildOptions): Promise<string> {
  const { outputFiles = [] } = await build({
    stdin: { contents, resolveDir: folder },
    bundle: true,
    write: false,
    ...options,
  });
  return outputFiles[0]?.text ?? '';
}
