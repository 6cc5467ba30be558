/** What every command gets, and what it is. */
import { type Logger, pino } from 'pino';
import { createPalestra, type Palestra, type PalestraOptions } from '../host.js';
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
  const { database, dataDir, keysDir, dba, rateLimit, trustProxy } = environment;
  return createPalestra({
    ...file,
    config: withPayments(file, environment),
    database,
    dataDir,
    keysDir,
    dba,
    rateLimit,
    trustProxy,
    log,
    ...options,
  });
}

/** What the environment says of payments wins over the file. */
function withPayments(
  { plugins, config = {} }: ConfigFile,
  { payments }: Environment,
): Readonly<Record<string, unknown>> {
  if (!plugins.some(({ name }) => name === 'transaction')) return config;
  return { ...config, transaction: { ...(config.transaction as object | undefined), ...payments } };
}
