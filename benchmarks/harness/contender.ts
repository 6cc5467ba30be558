/** Palestra or a peer of it, as a process that answers. */
import type { MeasuredProcess } from './processes.js';

export const peerTitles = {
  palestra: 'Palestra',
  limit: 'node:http, prepared',
  koa: 'Koa, hand-written',
  fastify: 'Fastify',
  hono: 'Hono',
  express: 'Express',
  feathers: 'Feathers',
  nest: 'NestJS',
} as const;

export type PeerName = keyof typeof peerTitles;

export const peerNames = Object.keys(peerTitles) as readonly PeerName[];

/** In path, body and headers `{n}` is a new number at each request, `{uuid}` a new UUID, `{value}` the next of `values`. */
export interface Template {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Makes so many, or fewer if they may repeat. */
  readonly values?: (count: number) => Promise<readonly string[]>;
}

export interface Contender {
  readonly name: PeerName;
  readonly process: MeasuredProcess;
  /** Of an account that may do everything. */
  readonly token: string;
  readonly deviceToken: string;
  /** Of the games of the device. */
  readonly etag: string;
  /** Tokens of those who buy: members, who may do what all may. */
  readonly buyers: readonly string[];
  /** Ids of what is sold. */
  readonly offers: readonly string[];
  readonly signIn: Template;
  /** Ends the process and begins it again on the same rows. */
  restart(): Promise<MeasuredProcess>;
  stop(): Promise<void>;
}

export interface StartOptions {
  /** Node's, such as `--import`. */
  readonly nodeArgs?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
}
