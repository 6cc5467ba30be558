/** What one plugin is given by its host. */
import type { EventRef, Importer, PluginTypes, RowRemover } from '@palestra/core';
import { auditService } from '../audit/types.js';
import { createTextIndex } from '../database/create-text-index.js';
import type { RealTables } from '../database/inspect.js';
import type { TextIndex } from '../database/text-index.js';
import { eventsService } from '../events/types.js';
import { metricsFor } from '../metrics/index.js';
import type { EventEmitter } from '../plugin/events.js';
import type { HostScope, PartHost, SetUpResource } from '../plugin/host-part.js';
import type { AnyPlugin, PluginHost } from '../plugin/plugin.js';
import type { Resource, ResourceFacts, ResourceRules, ResourceTypes } from '../plugin/resource.js';
import { withoutSpan } from '../plugin/tracing.js';
import { assertAgreement } from '../resource/agreement.js';
import type { WriteServices } from '../resource/write.js';
import type { AnyHandler } from '../steps/exchange.js';
import type { OpenHost } from './host.js';
import type { ProvidedServices } from './provided.js';

/** Makes the handlers of a resource; see `resource/engine.ts`. */
type ResourceEngine = <Types extends ResourceTypes>(
  facts: ResourceFacts<Types>,
  rules: ResourceRules<Types>,
  services: WriteServices,
) => Resource<Types>;

/** What the plugins of one boot share, and make together. */
export interface Assembly {
  readonly engine: ResourceEngine;
  /** What the database has after the migrations. */
  readonly tables: RealTables;
  readonly provided: ProvidedServices;
  /** Every resource, in the order of set-up. */
  readonly resources: SetUpResource[];
  readonly importers: Importer[];
  /** Of the resources' texts. */
  readonly textIndexes: TextIndex[];
  /** By table. */
  readonly removers: Map<string, RowRemover>;
}

/** Of a part of the host, or without `internals`. */
type Scope = Omit<HostScope<PluginTypes>, 'host'> & { readonly host: PluginHost & Partial<PartHost> };

export function createScope(plugin: AnyPlugin, host: OpenHost, assembly: Assembly): Scope {
  const { engine, provided, resources, importers, removers, tables } = assembly;
  const { database, keys, plugins, pause } = host;
  const { clock, log } = host.options;
  const { document } = host.contract;
  const { metrics, tracing } = host.telemetry;
  const textIndex = (table: string, columns: readonly string[]): TextIndex => {
    const index = createTextIndex(database, table, columns);
    assembly.textIndexes.push(index);
    return index;
  };
  return {
    config: plugins.configs.get(plugin.name) as Scope['config'],
    services: provided.neededBy(plugin) as Scope['services'],
    database,
    // The audit and the events are plugins too: set up before all others, and not there for themselves.
    get events() {
      return emitterFor(plugin, provided.get(eventsService));
    },
    get audit() {
      return provided.get(auditService).writer;
    },
    resource(facts, rules = {}) {
      assertAgreement({ facts, rules: rules as ResourceRules, document, tables });
      const made = engine(facts, rules, {
        database,
        audit: provided.get(auditService).writer,
        clock,
        textIndex,
      });
      resources.push({ facts, remove: removerOf(facts, rules as ResourceRules, made as Resource) });
      return made;
    },
    metrics: metricsFor(plugin.name, metrics),
    host: {
      clock,
      log: log.child({ plugin: plugin.name }),
      keys,
      inSpan: tracing?.inSpan ?? withoutSpan,
      ...(plugins.parts.has(plugin) && {
        internals: { keys, plugins: plugins.all, resources, importers, removers, pause, document },
      }),
    },
  };
}

/** By the operation that deletes one, so that the rules hold for those who empty the collection as well. */
function removerOf(facts: ResourceFacts, rules: ResourceRules, { handlers }: Resource): SetUpResource['remove'] {
  const operationId = facts.operations.delete;
  if (operationId === undefined || !(rules.beforeDelete || rules.afterChange)) return undefined;
  const handler = (handlers as Readonly<Record<string, AnyHandler>>)[operationId];
  return (
    handler &&
    (async (id, call) => handler({ params: { [facts.parameter]: String(id) }, query: {}, body: undefined }, call))
  );
}

function emitterFor({ name, emits = [] }: AnyPlugin, events: EventEmitter): EventEmitter {
  const declared: ReadonlySet<string> = new Set(emits.map((event: EventRef) => event.name));
  return {
    emit(unit, event, data) {
      if (declared.has(event.name)) return events.emit(unit, event, data);
      throw new Error(`Plugin ${name} emits ${event.name}, which it does not declare in emits.`);
    },
  };
}
