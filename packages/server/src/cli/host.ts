/** The host that a command works with: as environment and `palestra.config.js` describe it. */

import { isJsonObject } from '@palestra/core';
import { openDatabase } from '../database/connect.js';
import type { Database } from '../database/types.js';
import { createPalestra } from '../host/create.js';
import type { Palestra, PalestraOptions } from '../host/options.js';
import type { AuditActor } from '../plugin/audit.js';
import type { CommandContext } from './command.js';
import type { Environment } from './environment.js';
import { assertFolders } from './folders.js';

export function hostOf({ environment, file, log }: CommandContext, options: Partial<PalestraOptions> = {}): Palestra {
  const { database, tablePrefix, dataDir, keysDir, publicUrl, dbaUsername, dbaPassword, rateLimit, corsOrigins } =
    environment;
  const metrics = metricsOf(environment);
  return createPalestra({
    ...file,
    environment: environment.all,
    database,
    ...(tablePrefix !== undefined && { tablePrefix }),
    dataDir,
    keysDir,
    ...(publicUrl !== undefined && { publicUrl }),
    dba: { username: dbaUsername, password: dbaPassword },
    rateLimit,
    trustProxy: environment.trustProxy,
    ...(metrics !== undefined && { metrics }),
    ...(corsOrigins && { cors: { origins: corsOrigins } }),
    log,
    ...options,
  });
}

/** A token switches the page on; undefined where the host decides. */
function metricsOf({ metrics, metricsToken }: Environment): PalestraOptions['metrics'] {
  return metricsToken === undefined || metrics === false ? metrics : { bearer: metricsToken };
}

/** Beside a running server or without one: without the background work of plugins, and in one audit chain for all commands. */
export async function withHost<Result>(
  context: CommandContext,
  work: (palestra: Palestra) => Promise<Result>,
): Promise<Result> {
  assertFolders(context.environment);
  const { config = {} } = context.file;
  const palestra = hostOf(context, {
    background: false,
    config: { ...config, audit: { ...(isJsonObject(config.audit) && config.audit), chain: 'commands' } },
  });
  await palestra.start();
  try {
    return await work(palestra);
  } finally {
    await palestra.stop();
  }
}

/** How the audit names a command. */
export function actorOf(command: string): AuditActor {
  return { program: `palestra ${command}` };
}

/** The database by itself, without a host that runs on it. */
export function openDatabaseOf({ environment }: CommandContext): Promise<Database> {
  const { database: url, tablePrefix } = environment;
  return openDatabase({ url, ...(tablePrefix !== undefined && { tablePrefix }) });
}
