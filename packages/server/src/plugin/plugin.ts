/** The plugin contract of core, with the scope that this host gives to `setup`. */

import type { Clock, ConfigOf, Plugin as CorePlugin, NeedsOf, PluginTypes } from '@palestra/core';
import type { Logger } from 'pino';
import type { Database, Unit } from '../database/types.js';
import type { KeyStore } from '../keys/types.js';
import type { Audit } from './audit.js';
import type { Collection } from './collection.js';
import type { EventEmitter } from './events.js';
import type { PluginMetrics } from './metrics.js';
import type { PersonalData } from './personal-data.js';
import type { Resource, ResourceFacts, ResourceRules, ResourceTypes } from './resource.js';
import type { RestoreRule } from './restore.js';
import type { RunInSpan } from './tracing.js';

export interface PluginScope<Types extends PluginTypes> {
  /** Validated, with defaults. */
  readonly config: ConfigOf<Types>;
  /** What `requires` names; an optional one may be undefined. */
  readonly services: NeedsOf<Types>;
  readonly database: Database;
  /** `database.unitOfWork`, where events and audit entries commit with the rows. */
  unitOfWork<Result>(work: (unit: Unit) => Promise<Result>): Promise<Result>;
  /** Tells other plugins what happened, if its transaction commits; heard through their `subscriptions`. */
  readonly events: EventEmitter;
  /** Writes what a caller did into the append-only audit, in the transaction of its effect. */
  readonly audit: Audit;
  /** Secrets outside the database, the same for every instance. */
  readonly keys: Pick<KeyStore, 'secrets'>;
  /** The engine over the facts of a resource, which `generate` makes of its description. */
  resource<Types extends ResourceTypes>(facts: ResourceFacts<Types>, rules?: ResourceRules<Types>): Resource<Types>;
  /** Counters, gauges and histograms of the plugin's own on `/metrics`. */
  readonly metrics: PluginMetrics;
  /** Runs work in a span of OpenTelemetry, such as a call to another system. */
  readonly inSpan: RunInSpan;
  readonly log: Logger;
  readonly clock: Clock;
}

export interface Plugin<Types extends PluginTypes> extends CorePlugin<Types, PluginScope<Types>> {
  /** What a restore of an older backup must not take back of this plugin's tables. */
  readonly restore?: readonly RestoreRule[];
  /** What its tables hold about people; the conformance kit names what is missing. */
  readonly personalData?: readonly PersonalData[];
  /** What emptying its collections takes along. */
  readonly collections?: readonly Collection[];
}

/** Any plugin, where the host keeps them together: its operations are checked at boot instead of by type. */
// biome-ignore lint/suspicious/noExplicitAny: a variance position, since plugins differ in their operations
export type AnyPlugin = CorePlugin<any, any> & {
  readonly restore?: readonly RestoreRule[];
  readonly personalData?: readonly PersonalData[];
  /** What emptying its collections takes along. */
  readonly collections?: readonly Collection[];
};
