/** Starts `serve-shop.ts` as a process and waits until it serves. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { programOf } from '../../../../../scripts/testing/program.js';
import type { HostTimes } from '../../../../server/src/database/mysql-hosts.js';

export interface ServerProcess {
  readonly url: string;
  readonly child: ChildProcess;
  /** From now on the process counts the statements after which it dies. */
  arm(): Promise<void>;
  stop(): Promise<void>;
}

interface ServerOptions {
  /** When it dies: `before COMMIT 1`, `after any 7`. */
  readonly kill?: string;
  readonly hostTimes?: HostTimes;
}

export async function startServer(
  database: string,
  dataDir: string,
  { kill = '', hostTimes }: ServerOptions = {},
): Promise<ServerProcess> {
  const program = await programOf(new URL('./serve-shop.ts', import.meta.url));
  const child = fork(program, [database, dataDir, kill, JSON.stringify(hostTimes) ?? ''], {
    execArgv: [],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const [{ url }] = (await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(() => Promise.reject(new Error('The server process did not start.'))),
  ])) as [{ url: string }];
  return {
    url,
    child,
    async arm() {
      child.send('count');
      await once(child, 'message');
    },
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, 'exit');
      // Killed, but not reaped yet: its end of the channel is gone already.
      if (child.connected) child.disconnect();
      await exited;
    },
  };
}
