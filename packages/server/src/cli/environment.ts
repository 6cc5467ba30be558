/** The environment variables of `wire.md` section 8, read in one place. */
import type { CorsOptions } from '../http/cors.js';
import type { MetricsOptions } from '../metrics/page.js';
import { type PaymentSettings, readPayments } from './payments.js';
import { readSecretFiles } from './secret-files.js';
import { readWechatSignIn, type WechatSettings } from './wechat.js';

export interface Environment {
  readonly host: string;
  readonly port: number;
  readonly dataDir: string;
  readonly keysDir: string;
  /** Where clients reach this server, if a proxy changes the path. */
  readonly publicUrl: string | undefined;
  readonly database: string;
  readonly dba: { readonly username: string | undefined; readonly password: string | undefined };
  readonly logLevel: string;
  readonly rateLimit: boolean;
  /** Addresses and networks of proxies whose `X-Forwarded-For` is believed. */
  readonly trustProxy: readonly string[];
  /** Milliseconds between `/readyz` saying no and the end of listening. */
  readonly drainDelay: number;
  /** Undefined where the host decides. */
  readonly metrics: boolean | MetricsOptions | undefined;
  /** Undefined for none. */
  readonly cors: CorsOptions | undefined;
  /** For the transaction plugin, where the host has it. */
  readonly payments: PaymentSettings;
  /** For identity; undefined where nothing is set. */
  readonly wechat: WechatSettings | undefined;
}

/** @throws Error naming the variable whose value cannot be used */
export function readEnvironment(variables: NodeJS.ProcessEnv = process.env): Environment {
  const env = readSecretFiles(variables);
  const dataDir = text(env.PALESTRA_DATA_DIR) ?? './data';
  return {
    host: text(env.HOST) ?? '127.0.0.1',
    port: port(text(env.PORT) ?? '3000'),
    dataDir,
    keysDir: text(env.PALESTRA_KEYS_DIR) ?? `${dataDir}/keys`,
    publicUrl: publicUrl(text(env.PALESTRA_PUBLIC_URL)),
    database: text(env.DATABASE_URL) ?? `sqlite:${dataDir}/palestra.sqlite`,
    dba: { username: text(env.PALESTRA_DBA_USERNAME), password: text(env.PALESTRA_DBA_PASSWORD) },
    logLevel: logLevel(text(env.PALESTRA_LOG_LEVEL) ?? 'info'),
    rateLimit: onOrOff('PALESTRA_RATE_LIMIT', text(env.PALESTRA_RATE_LIMIT) ?? 'on'),
    trustProxy: list(env.PALESTRA_TRUST_PROXY),
    drainDelay: milliseconds('PALESTRA_DRAIN_DELAY', text(env.PALESTRA_DRAIN_DELAY) ?? '0'),
    metrics: metrics(text(env.PALESTRA_METRICS), text(env.PALESTRA_METRICS_TOKEN)),
    cors: text(env.PALESTRA_CORS_ORIGINS) === undefined ? undefined : { origins: list(env.PALESTRA_CORS_ORIGINS) },
    payments: readPayments(env),
    wechat: readWechatSignIn(env),
  };
}

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'];

function logLevel(level: string): string {
  if (!logLevels.includes(level))
    throw new Error(`PALESTRA_LOG_LEVEL is one of ${logLevels.join(', ')}, not ${level}.`);
  return level;
}

function onOrOff(name: string, value: string): boolean {
  if (value !== 'on' && value !== 'off') throw new Error(`${name} is on or off, not ${value}.`);
  return value === 'on';
}

function milliseconds(name: string, value: string): number {
  if (!/^\d{1,6}$/.test(value)) throw new Error(`${name} is a number of milliseconds, not ${value}.`);
  return Number(value);
}

/** A secret alone switches them on: who sets one wants them. */
function metrics(state: string | undefined, bearer: string | undefined): boolean | MetricsOptions | undefined {
  const on = state === undefined ? undefined : onOrOff('PALESTRA_METRICS', state);
  return bearer === undefined || on === false ? on : { bearer };
}

/** Separated by commas. */
function list(value: string | undefined): string[] {
  return (value ?? '').split(',').flatMap((entry) => text(entry.trim()) ?? []);
}

function publicUrl(value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  if (!/^https?:$/.test(URL.canParse(value) ? new URL(value).protocol : '')) {
    throw new Error(`PALESTRA_PUBLIC_URL is like https://club.example/backend, not ${value}.`);
  }
  return value.replace(/\/$/, '');
}

/** A variable set to nothing is not set. */
function text(value: string | undefined): string | undefined {
  return value === undefined || value === '' ? undefined : value;
}

function port(value: string): number {
  const number = Number(value);
  if (!Number.isInteger(number) || number < 0 || number > 65535) throw new Error(`PORT is 0 to 65535, not ${value}.`);
  return number;
}
