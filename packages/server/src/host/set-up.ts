/**
 * Sets plugins up in order, and holds their parts together: one handler for every operation, no more and no fewer. A
 * plugin that fails stops the boot, unless it may be missing (`degrade`): then its operations say so.
 */
import {
  type Clock,
  catalogue,
  PalestraError,
  type PluginParts,
  type PluginTypes,
  type ServiceRef,
} from '@palestra/core';
import type { Logger } from 'pino';
import { withTimeout } from '../async/with-timeout.js';
import { operationIdsOf } from '../contract/operations.js';
import type { Validators } from '../contract/validate.js';
import type { Database } from '../database/index.js';
import type { Events } from '../events/index.js';
import type { KeyStore } from '../keys/types.js';
import type { CollectionRegistry } from '../management/index.js';
import type { Audit } from '../plugin/audit.js';
import type { PluginState } from '../plugin/health.js';
import type { AnyPlugin, PluginScope } from '../plugin/plugin.js';
import { createResource } from '../resource/engine.js';
import type { AnyHandler } from '../steps/exchange.js';
import { servicesFor } from './registry.js';

export interface SetUpOptions {
  readonly configs: ReadonlyMap<string, unknown>;
  readonly database: Database;
  readonly validators: Validators;
  readonly events: Events;
  readonly audit: Audit;
  readonly collections: CollectionRegistry;
  readonly keys: KeyStore;
  readonly log: Logger;
  readonly clock: Clock;
  /** Names of plugins that may fail. */
  readonly degrade: ReadonlySet<string>;
  /** Those that failed already, and why. */
  readonly failed: ReadonlyMap<string, unknown>;
}

export interface RunningPlugins {
  /** @throws Error if there is none, which boot has ruled out */
  handler(operationId: string): AnyHandler;
  /** @throws Error if no plugin that runs provides it */
  service<Service>(ref: ServiceRef<Service>): Service;
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Each plugin's own word, by its name. */
  states(): Promise<ReadonlyMap<string, PluginState>>;
}

type Parts = PluginParts<PluginTypes>;

interface SetUpPlugin {
  readonly plugin: AnyPlugin;
  readonly parts: Parts;
}

/** Milliseconds: for a boot that hangs to say where, and for a stop and a readiness that cannot hang. */
const deadlines = { setUp: 60_000, start: 60_000, stop: 10_000, ready: 1_000 } as const;

export async function setUpPlugins(plugins: readonly AnyPlugin[], options: SetUpOptions): Promise<RunningPlugins> {
  const { degrade, events, log } = options;
  const failed = new Map(options.failed);
  const handlers = new Map<string, AnyHandler>();
  const provided = new Map<string, unknown>();
  const running: SetUpPlugin[] = [];

  /** @throws what the plugin failed with, unless it may be missing */
  function giveUp(plugin: AnyPlugin, err: unknown): void {
    if (!degrade.has(plugin.name)) throw err;
    log.error({ err }, `Plugin ${plugin.name} is out of order; its operations are answered 503.`);
    failed.set(plugin.name, err);
    for (const id of operationIdsOf(plugin.contract)) handlers.set(id, outOfOrder(plugin));
  }

  for (const plugin of plugins) {
    try {
      if (failed.has(plugin.name)) throw failed.get(plugin.name);
      const parts = await setUp(plugin, provided, options);
      addHandlers(handlers, plugin, parts);
      if (parts.subscriptions) events.subscribe(plugin.name, parts.subscriptions);
      if (plugin.provides) provided.set(plugin.provides.id, parts.service);
      running.push({ plugin, parts });
    } catch (error) {
      giveUp(plugin, error);
    }
  }
  return {
    handler: (operationId) => {
      const handler = handlers.get(operationId);
      if (!handler) throw new Error(`No plugin handles ${operationId}.`);
      return handler;
    },
    service: <Service>({ id }: ServiceRef<Service>) => {
      if (!provided.has(id)) throw new Error(`No plugin provides the service ${id}.`);
      return provided.get(id) as Service;
    },
    start: async () => {
      for (const { plugin, parts } of running) {
        await start(plugin, parts).catch((error: unknown) => giveUp(plugin, error));
      }
    },
    stop: async () => {
      for (const { plugin, parts } of [...running].reverse()) await stop(plugin, parts, log);
    },
    states: async () => new Map(await Promise.all(plugins.map((plugin) => stateOf(plugin, { failed, running, log })))),
  };
}

async function setUp(plugin: AnyPlugin, provided: ReadonlyMap<string, unknown>, options: SetUpOptions): Promise<Parts> {
  const { configs, database, validators, events, audit, collections, keys, log, clock } = options;
  const scope: PluginScope<PluginTypes> = {
    config: configs.get(plugin.name) as PluginScope<PluginTypes>['config'],
    services: servicesFor(plugin, provided) as PluginScope<PluginTypes>['services'],
    database,
    unitOfWork: (work) => database.unitOfWork(work),
    events: events.emitter,
    audit,
    keys,
    resource: (facts, rules = {}) => {
      collections.add(facts);
      return createResource(facts, rules, { database, validators, audit, clock });
    },
    log: log.child({ plugin: plugin.name }),
    clock,
  };
  try {
    return await withTimeout(deadlines.setUp, () => plugin.setup(scope));
  } catch (cause) {
    throw new Error(`Plugin ${plugin.name} ${plugin.version} could not be set up.`, { cause });
  }
}

function addHandlers(all: Map<string, AnyHandler>, plugin: AnyPlugin, parts: Parts): void {
  const described = operationIdsOf(plugin.contract);
  const handlers = (parts?.handlers ?? {}) as Readonly<Record<string, AnyHandler>>;
  const missing = described.find((id) => typeof handlers[id] !== 'function');
  if (missing !== undefined) throw new Error(`Plugin ${plugin.name} describes ${missing} and has no handler for it.`);
  const extra = Object.keys(handlers).find((id) => !described.includes(id));
  if (extra !== undefined)
    throw new Error(`Plugin ${plugin.name} has a handler for ${extra}, which it does not describe.`);
  for (const [id, handler] of Object.entries(handlers)) all.set(id, handler);
}

/** The reason stays in the log. */
function outOfOrder({ name }: AnyPlugin): AnyHandler {
  return () => {
    throw new PalestraError(catalogue.pluginUnavailable, `The part ${name} of this server is out of order.`, {
      headers: { 'retry-after': '60' },
    });
  };
}

async function start(plugin: AnyPlugin, parts: Parts): Promise<void> {
  try {
    await withTimeout(deadlines.start, () => parts.start?.());
  } catch (cause) {
    throw new Error(`Plugin ${plugin.name} ${plugin.version} could not start.`, { cause });
  }
}

/** A plugin that does not stop in time is left behind. */
async function stop(plugin: AnyPlugin, parts: Parts, log: Logger): Promise<void> {
  try {
    await withTimeout(deadlines.stop, () => parts.stop?.());
  } catch (err) {
    log.error({ err }, `Plugin ${plugin.name} did not stop.`);
  }
}

interface Known {
  readonly failed: ReadonlyMap<string, unknown>;
  readonly running: readonly SetUpPlugin[];
  readonly log: Logger;
}

async function stateOf(plugin: AnyPlugin, { failed, running, log }: Known): Promise<[string, PluginState]> {
  if (failed.has(plugin.name)) return [plugin.name, 'degraded'];
  const parts = running.find((each) => each.plugin === plugin)?.parts;
  try {
    const isReady = await withTimeout(deadlines.ready, () => parts?.ready?.() ?? true);
    return [plugin.name, isReady ? 'ready' : 'not ready'];
  } catch (err) {
    log.warn({ err }, `Plugin ${plugin.name} is not ready.`);
    return [plugin.name, 'not ready'];
  }
}
