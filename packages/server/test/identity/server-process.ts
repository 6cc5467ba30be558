/** Starts `serve-host.ts` as a process, several of which may share a database. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createTestClient, type TestClient } from '@palestra/server/testing';
import { programOf } from '../../../../scripts/testing/program.js';

export interface ServerProcess extends TestClient {
  /** Without a chance to tidy up, as a crash would. */
  kill(): Promise<void>;
  stop(): Promise<void>;
}

export async function startServerProcess(
  database: string,
  dataDir: string,
  config: object = {},
): Promise<ServerProcess> {
  const program = await programOf(new URL('serve-host.ts', import.meta.url));
  const child = fork(program, [database, dataDir, JSON.stringify(config)], { execArgv: [] });
  const exited = once(child, 'exit');
  const [{ url }] = (await Promise.race([
    once(child, 'message'),
    exited.then(() => Promise.reject(new Error('The server process did not start.'))),
  ])) as [{ url: string }];
  return {
    ...createTestClient(url),
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
    async stop() {
      if (child.connected) child.disconnect();
      await exited;
    },
  };
}
