/** The plugin contract of core, with the scope that this host gives to `setup`. */

import type { Clock, ConfigOf, Plugin as CorePlugin, NeedsOf, PluginTypes } from '@palestra/core';
import type { Logger } from 'pino';
import type { Database } from '../database/types.js';
import type { KeyStore } from '../keys/types.js';
import type { Audit } from './audit.js';
import type { Collection } from './collection-rules.js';
import type { EventEmitter } from './events.js';
import type { PluginMetrics } from './metrics.js';
import type { PersonalData } from './personal-data.js';
import type { Resource, ResourceFacts, ResourceRules, ResourceTypes } from './resource.js';
import type { RestoreRule } from './restore.js';
import type { RunInSpan } from './tracing.js';

/** What every plugin has of its host. */
export interface PluginHost {
  readonly clock: Clock;
  /** Its lines carry the plugin's name. */
  readonly log: Logger;
  /** Secrets outside the database, the same for every instance. */
  readonly keys: Pick<KeyStore, 'secrets'>;
  /** Runs work in a span of OpenTelemetry, such as a call to another system. */
  readonly inSpan: RunInSpan;
}

/** What `setup` is called with: what is the plugin's own, and its host. */
export interface PluginScope<Types extends PluginTypes> {
  /** Validated, with defaults. */
  readonly config: ConfigOf<Types>;
  /** What `requires` names; an optional one may be undefined. */
  readonly services: NeedsOf<Types>;
  /** Events and audit entries of a `database.unitOfWork` commit with its rows. */
  readonly database: Database;
  /** The engine over the facts of a resource, which `generate` makes of its description. */
  resource<Types extends ResourceTypes>(facts: ResourceFacts<Types>, rules?: ResourceRules<Types>): Resource<Types>;
  /** Tells other plugins what happened, if its transaction commits; heard through their `subscriptions`. */
  readonly events: EventEmitter;
  /** Writes what a caller did into the append-only audit, in the transaction of its effect. */
  readonly audit: Audit;
  /** Counters, gauges and histograms of the plugin's own on `/metrics`. */
  readonly metrics: PluginMetrics;
  readonly host: PluginHost;
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
