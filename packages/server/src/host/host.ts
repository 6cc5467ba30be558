/** The record of services that every part of a host is made with. */
import type { Clock, OpenApiDocument } from '@palestra/core';
import type { Logger } from 'pino';
import type { Deadlines } from '../async/deadlines.js';
import type { Database } from '../database/types.js';
import type { AddressOf } from '../http/client-address.js';
import type { Cors } from '../http/cors.js';
import type { InFlightRequests } from '../http/in-flight.js';
import type { KeyStore } from '../keys/types.js';
import type { Metrics } from '../metrics/index.js';
import type { Pause } from '../plugin/host-part.js';
import type { AnyPlugin } from '../plugin/plugin.js';
import type { Exchange, OperationLimits } from '../steps/exchange.js';
import type { Tracing } from '../tracing/index.js';
import type { PalestraOptions } from './options.js';

/** As the app gave them, with the defaults that several services share. */
export interface ResolvedOptions extends PalestraOptions {
  readonly dataDir: string;
  readonly log: Logger;
  readonly clock: Clock;
}

export interface HostPlugins {
  /** The host's parts and the app's plugins, in the order of their needs. */
  readonly all: readonly AnyPlugin[];
  /** Which of them are the host's own. */
  readonly parts: ReadonlySet<AnyPlugin>;
  /** Names of plugins that may fail. */
  readonly degradable: ReadonlySet<string>;
  /** By plugin name, validated, with defaults. */
  readonly configs: ReadonlyMap<string, unknown>;
}

interface HostContract {
  /** What requests are routed and validated by. */
  readonly document: OpenApiDocument;
  /** The same for readers; made when it is first asked for. */
  readonly published: () => OpenApiDocument;
  /** Of the operations that name one, by `operationId`. */
  readonly rateLimits: ReadonlyMap<string, OperationLimits>;
}

interface HostRequests {
  readonly inFlight: InFlightRequests;
  readonly timeouts: Deadlines<Exchange>;
  readonly addressOf: AddressOf;
  /** Undefined where no other origin may call. */
  readonly cors: Cors | undefined;
}

interface HostTelemetry {
  /** Undefined where no SDK of OpenTelemetry is registered. */
  readonly tracing: Tracing | undefined;
  /** Undefined where they are switched off. */
  readonly metrics: Metrics | undefined;
}

export interface HostServices {
  readonly options: ResolvedOptions;
  readonly keys: KeyStore;
  readonly plugins: HostPlugins;
  readonly contract: HostContract;
  readonly requests: HostRequests;
  readonly telemetry: HostTelemetry;
}

/** The same once the database is open. */
export interface OpenHost extends HostServices {
  readonly database: Database;
  readonly pause: Pause;
}
