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

export interface HostServices {
  /** As the app gave them; where one has a default, the resolved value is beside it here. */
  readonly options: PalestraOptions;
  readonly dataDir: string;
  /** Without a slash at its end. */
  readonly publicUrl: string | undefined;
  readonly log: Logger;
  readonly clock: Clock;
  readonly keys: KeyStore;
  /** The host's parts and the app's plugins, in the order of their needs. */
  readonly plugins: readonly AnyPlugin[];
  /** Which of them are the host's own. */
  readonly parts: ReadonlySet<AnyPlugin>;
  /** Names of plugins that may fail. */
  readonly degradable: ReadonlySet<string>;
  /** By plugin name, validated, with defaults. */
  readonly configs: ReadonlyMap<string, unknown>;
  readonly document: OpenApiDocument;
  /** Of the operations that name one, by `operationId`. */
  readonly rateLimits: ReadonlyMap<string, OperationLimits>;
  readonly inFlight: InFlightRequests;
  readonly requestTimeouts: Deadlines<Exchange>;
  readonly addressOf: AddressOf;
  /** Undefined where no other origin may call. */
  readonly cors: Cors | undefined;
  /** Undefined where no SDK of OpenTelemetry is registered. */
  readonly tracing: Tracing | undefined;
  /** Undefined where they are switched off. */
  readonly metrics: Metrics | undefined;
}

/** The same once the database is open. */
export interface OpenHost extends HostServices {
  readonly database: Database;
  readonly pause: Pause;
}
