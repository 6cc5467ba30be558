/** Palestra and its peers, each as a process of its own on a database of its own that holds the same rows. */
import type { Databases } from './databases.js';
import { startPalestra } from './palestra.js';
import { startPeer } from './peer.js';
import type { MeasuredProcess } from './processes.js';
import type { Template } from './workloads.js';

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

export interface Contender {
  readonly name: PeerName;
  readonly process: MeasuredProcess;
  /** Of an account that may do everything. */
  readonly token: string;
  readonly deviceToken: string;
  /** Of the games of the device. */
  readonly etag: string;
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

export function startContender(name: PeerName, databases: Databases, options: StartOptions = {}): Promise<Contender> {
  return name === 'palestra' ? startPalestra(databases, options) : startPeer(name, databases, options);
}
