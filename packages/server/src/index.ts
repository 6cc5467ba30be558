/** The Koa host of Palestra, and what a plugin is written with. */

export type { Audit, AuditActor, AuditEvent } from './audit/index.js';
export type { RestoreRule } from './backup/index.js';
export type { CorsOptions } from './cors.js';
export { type DatabaseFault, databaseFault } from './database/index.js';
export type { Compose, Database, Intercept, Row, Scalar, Statement, Unit, Values, Written } from './database/types.js';
export type { EventEmitter } from './events/index.js';
export { createPalestra } from './host.js';
export type { HostCaller, HostScheme } from './identity/index.js';
export type { MetricsOptions } from './metrics/page.js';
export type { Health, Palestra, PalestraOptions } from './palestra.js';
export type { AnyPlugin, Clock, Plugin, PluginScope } from './plugin.js';
export type { PluginState } from './plugin-set-up.js';
export { type Discovery, type DiscoveryQuery, discover, type Places } from './resource/discovery.js';
export type { Resource, ResourceRules } from './resource/engine.js';
export type { Field, FieldKind, ResourceFacts } from './resource/facts.js';
export { canonicalJson, type Kind, type Money } from './resource/kinds.js';
export { createNearby, type NearbyFacts, type NearbyOptions } from './resource/nearby.js';
export type { Place } from './resource/nearest.js';
export type { Readable } from './resource/readable.js';
export type { View, ViewFacts, ViewQuery } from './resource/view.js';
export { type RunningServer, type ServeLimits, type ServeOptions, serve } from './serve.js';
export type { Identify } from './steps/exchange.js';
