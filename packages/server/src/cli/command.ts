/** What every command gets, and what it is. */
import { type Logger, pino } from 'pino';
import { createPalestra } from '../host/create.js';
import type { Palestra, PalestraOptions } from '../host/options.js';
import type { ConfigFile } from './config-file.js';
import type { Environment } from './environment.js';

export interface CommandContext {
  readonly environment: Environment;
  readonly file: ConfigFile;
  /** To stderr, as JSON lines: stdout is a command's answer. */
  readonly log: Logger;
  /** Arguments after the command's name. */
  readonly args: readonly string[];
  print(line: string): void;
}

export interface Command {
  /** After `palestra `, for the usage text. */
  readonly usage: string;
  readonly summary: string;
  /** Works in a folder without a host: no `palestra.config.js` is read. */
  readonly standalone?: true;
  /** Ends with the exit code; `serve` ends when the server does. */
  run(context: CommandContext): Promise<number>;
}

/** A mistake in how a command was called: shown without a stack, with exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export function createLog({ logLevel }: Environment): Logger {
  return pino({ level: logLevel, base: null }, pino.destination(2));
}

/** The host as environment and configuration file describe it. */
export function hostOf({ environment, file, log }: CommandContext, options: Partial<PalestraOptions> = {}): Palestra {
  const { database, dataDir, keysDir, publicUrl, dbaUsername, dbaPassword, rateLimit, corsOrigins } = environment;
  const metrics = metricsOf(environment);
  return createPalestra({
    ...file,
    environment: environment.all,
    database,
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
