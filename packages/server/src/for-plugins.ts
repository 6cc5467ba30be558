/** `@palestra/server/plugin`: what a plugin is written with. It does not load the host. */

export type { Unit } from '@palestra/core';
export { createInterval, type IntervalJob, type IntervalOptions } from './async/interval.js';
export { createKeyedMutex, type KeyedMutex } from './async/keyed-mutex.js';
export { TimeoutError, withTimeout } from './async/with-timeout.js';
export { type DatabaseFault, databaseFault } from './database/errors.js';
export { createLookup, type Lookup } from './database/gathered-reads.js';
export { insertOnce, isDuplicate } from './database/insert-once.js';
export { createLease, type Lease, type LeaseOptions, leaseMs } from './database/lease.js';
export { together } from './database/together.js';
export type {
  Database,
  Intercept,
  Parameter,
  QueryFactory,
  Row,
  Scalar,
  Statement,
  Values,
  Written,
} from './database/types.js';
export type { Audit, AuditActor, AuditEvent } from './plugin/audit.js';
export type { Collection } from './plugin/collection-rules.js';
export type { EventEmitter } from './plugin/events.js';
export type { Health, PluginState } from './plugin/health.js';
export type { Counter, Gauge, Histogram, LabelValues, MetricFacts, PluginMetrics } from './plugin/metrics.js';
export type { PersonalData } from './plugin/personal-data.js';
export type { AnyPlugin, Plugin, PluginHost, PluginScope } from './plugin/plugin.js';
export type {
  Change,
  Codec,
  Few,
  FieldFacts,
  Resource,
  ResourceFacts,
  ResourceRules,
  ResourceTypes,
  RowFilter,
  View,
  ViewFacts,
  ViewQuery,
  Writing,
} from './plugin/resource.js';
export type { RestoreRule } from './plugin/restore.js';
export { type RunInSpan, type SpanFacts, withoutSpan } from './plugin/tracing.js';
export type { NearbyFacts } from './resource/cell-reader.js';
export type { Money } from './resource/codecs.js';
export { type Discovery, type DiscoveryQuery, discover, type Places } from './resource/discovery.js';
export { createLocations } from './resource/locations.js';
export { createNearby, type NearbyOptions, type Place } from './resource/nearby.js';
