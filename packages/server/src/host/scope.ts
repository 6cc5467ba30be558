/** What one plugin is given by its host. */
import type { PluginTypes } from '@palestra/core';
import { auditService } from '../audit/index.js';
import { eventsService } from '../events/index.js';
import { metricsFor } from '../metrics/index.js';
import type { HostScope } from '../plugin/host-part.js';
import type { AnyPlugin, PluginScope } from '../plugin/plugin.js';
import type { ResourceFacts } from '../plugin/resource.js';
import { createResource } from '../resource/engine.js';
import type { OpenHost } from './host.js';
import type { ProvidedServices } from './provided.js';

/** What the plugins of one boot make together. */
export interface Assembly {
  readonly provided: ProvidedServices;
  /** Every resource, in the order of set-up. */
  readonly resources: ResourceFacts[];
}

type Scope = PluginScope<PluginTypes> & Partial<HostScope<PluginTypes>>;

export function createScope(plugin: AnyPlugin, host: OpenHost, { provided, resources }: Assembly): Scope {
  const { configs, database, keys, plugins, pause, clock } = host;
  return {
    config: configs.get(plugin.name) as Scope['config'],
    services: provided.neededBy(plugin) as Scope['services'],
    database,
    unitOfWork: (work) => database.unitOfWork(work),
    // The audit and the events are plugins too: set up before all others, and not there for themselves.
    get events() {
      return provided.get(eventsService);
    },
    get audit() {
      return provided.get(auditService).writer;
    },
    keys,
    resource(facts, rules = {}) {
      resources.push(facts);
      return createResource(facts, rules, { database, audit: provided.get(auditService).writer, clock });
    },
    metrics: metricsFor(plugin.name, host.metrics),
    log: host.log.child({ plugin: plugin.name }),
    clock,
    ...(host.parts.has(plugin) && { host: { keys, plugins, resources, pause } }),
  };
}
