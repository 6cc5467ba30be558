/** A part of the host itself: a plugin that is also given what no other plugin may do. */
import type { Call, Plugin as CorePlugin, Importer, OpenApiDocument, PluginTypes, RowRemover } from '@palestra/core';
import type { KeyStore } from '../keys/types.js';
import type { Collection } from './collection-rules.js';
import type { PersonalData } from './personal-data.js';
import type { AnyPlugin, PluginHost, PluginScope } from './plugin.js';
import type { ResourceFacts } from './resource.js';
import type { RestoreRule } from './restore.js';

/** Answers all other requests with 503, waits for those in flight, does `work`, and boots on the data that is then there. */
export type Pause = (work: () => Promise<void>) => Promise<void>;

export interface SetUpResource {
  readonly facts: ResourceFacts;
  /**
   * Deletes one row by its rules; undefined where it has none that a deletion must follow.
   */
  readonly remove: ((id: number, call: Call) => Promise<unknown>) | undefined;
}

interface HostInternals {
  /** Every key, not only the secrets that plugins may use. */
  readonly keys: KeyStore;
  /** Every plugin of the host, its own parts included, in the order of their needs. */
  readonly plugins: readonly AnyPlugin[];
  /** The resources that were set up so far. */
  readonly resources: readonly SetUpResource[];
  readonly pause: Pause;
  readonly document: OpenApiDocument;
  /** Of the plugins that were set up so far. */
  readonly importers: readonly Importer[];
  /** By table, of the plugins that were set up so far. */
  readonly removers: ReadonlyMap<string, RowRemover>;
}

export interface PartHost extends PluginHost {
  readonly internals: HostInternals;
}

export interface HostScope<Types extends PluginTypes> extends PluginScope<Types> {
  readonly host: PartHost;
}

export interface HostPart<Types extends PluginTypes> extends CorePlugin<Types, HostScope<Types>> {
  readonly restore?: readonly RestoreRule[];
  readonly personalData?: readonly PersonalData[];
  /** What emptying its collections takes along. */
  readonly collections?: readonly Collection[];
}
