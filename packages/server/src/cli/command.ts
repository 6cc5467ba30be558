/** What every command gets, and what it is. */
import { type Logger, pino } from 'pino';
import { createPalestra } from '../host/create.js';
import type { Palestra, PalestraOptions } from '../host/options.js';
import type { ConfigFile } from './config-file.js';
import type { Environment } from './environment.js';
import type { WechatSettings } from './wechat.js';

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
  const { database, dataDir, keysDir, publicUrl, dba, rateLimit, trustProxy, metrics, cors } = environment;
  return createPalestra({
    ...file,
    config: configured(file, environment),
    database,
    dataDir,
    keysDir,
    ...(publicUrl !== undefined && { publicUrl }),
    dba,
    rateLimit,
    trustProxy,
    ...(metrics !== undefined && { metrics }),
    ...(cors && { cors }),
    log,
    ...options,
  });
}

/** What the environment says wins over the file. */
function configured(
  { plugins, config = {} }: ConfigFile,
  { payments, wechat }: Environment,
): Readonly<Record<string, unknown>> {
  const has = (plugin: string) => plugins.some(({ name }) => name === plugin);
  return {
    ...config,
    ...(has('transaction') && { transaction: { ...(config.transaction as object | undefined), ...payments } }),
    ...(wechat && { identity: withWechat(config.identity as WithWechat | undefined, wechat) }),
  };
}

interface WithWechat {
  readonly wechat?: object;
}

function withWechat(identity: WithWechat | undefined, wechat: WechatSettings): WithWechat {
  return { ...identity, wechat: { ...identity?.wechat, ...wechat } };
}
