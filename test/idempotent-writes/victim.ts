/** Starts `serve-world.ts` as a process. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createTestClient, type TestClient } from '@palestra/server/testing';
import { programOf } from '../../scripts/testing/program.js';

export type KillPhase = 'before' | 'after';

/** One of the statements that begin so, counted from 1. */
export interface Moment {
  readonly statement: string;
  readonly nth: number;
}

export interface Victim extends TestClient {
  /** From now on the process dies at this statement, by default its first COMMIT. */
  arm(moment?: Moment): Promise<void>;
  stop(): Promise<void>;
}

const program = new URL('./serve-world.ts', import.meta.url);

/** A machine that is too busy for the time limits of a start may do better the next time. */
const mostStarts = 5;

export async function startVictim(
  database: string,
  dataDir: string,
  phase: KillPhase,
  starts: number = mostStarts,
): Promise<Victim> {
  try {
    return await startOnce(database, dataDir, phase);
  } catch (error) {
    if (starts <= 1) throw error;
    return startVictim(database, dataDir, phase, starts - 1);
  }
}

async function startOnce(database: string, dataDir: string, phase: KillPhase): Promise<Victim> {
  const child = fork(await programOf(program), [database, dataDir, phase], {
    execArgv: [],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const exited = once(child, 'exit');
  const [{ url }] = (await Promise.race([
    once(child, 'message'),
    exited.then(() => Promise.reject(new Error('The server process did not start.'))),
  ])) as [{ url: string }];
  return {
    ...createTestClient(url),
    async arm(moment = { statement: 'COMMIT', nth: 1 }) {
      child.send(moment);
      await once(child, 'message');
    },
    async stop() {
      if (child.connected) child.disconnect();
      await exited;
    },
  };
}
