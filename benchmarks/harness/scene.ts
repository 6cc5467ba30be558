/** The contenders on one kind of database, started before the first measurement and stopped after the last. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Contender, PeerName, StartOptions } from './contender.js';
import { startContender } from './contenders.js';
import { type DatabaseKind, startDatabases } from './databases.js';

export interface Scene {
  readonly contenders: readonly Contender[];
  /** For files of scripts. */
  readonly folder: string;
  readonly databasePid: number | undefined;
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

export async function withScene<Result>(
  kind: DatabaseKind,
  peers: readonly PeerName[],
  work: (scene: Scene) => Promise<Result>,
  options: StartOptions = {},
): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), 'palestra-bench-'));
  const databases = await startDatabases(kind);
  const contenders: Contender[] = [];
  try {
    for (const name of peers) contenders.push(await startContender(name, databases, options));
    return await work({ contenders, folder, databasePid: databases.pid });
  } finally {
    await Promise.all(contenders.map((contender) => contender.stop()));
    await databases.stop();
    await rm(folder, { recursive: true, force: true });
  }
}
