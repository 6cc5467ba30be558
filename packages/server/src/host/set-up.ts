/**
 * Sets plugins up in order: one handler for every operation, no more and no fewer. A plugin that fails stops the boot,
 * unless it may be missing (`degrade`): then its operations answer 503.
 */
import {
  catalogue,
  type EventRef,
  PalestraError,
  type PluginParts,
  type PluginTypes,
  type ServiceRef,
} from '@palestra/core';
import type { Logger } from 'pino';
import { withTimeout } from '../async/with-timeout.js';
import { operationIdsOf } from '../contract/operations.js';
import type { TextIndex } from '../database/text-index.js';
import { didYouMean } from '../environment/did-you-mean.js';
import { eventsService } from '../events/types.js';
import type { PluginState } from '../plugin/health.js';
import type { AnyPlugin } from '../plugin/plugin.js';
import type { AnyHandler } from '../steps/exchange.js';
import type { OpenHost } from './host.js';
import { ProvidedServices } from './provided.js';
import { type Assembly, createScope } from './scope.js';

export interface RunningPlugins {
  /** Of the texts that they search. */
  readonly textIndexes: readonly TextIndex[];
  /** @throws Error if there is none, which boot has ruled out */
  handler(operationId: string): AnyHandler;
  /** @throws Error if no plugin that runs provides it */
  service<Service>(ref: ServiceRef<Service>): Service;
  start(): Promise<void>;
  /** Requests in flight go on; what a plugin throws is logged. */
  retire(): void;
  /** Within so many milliseconds, 12,000 by default, of which each plugin has at most a half of what is left. */
  stop(withinMs?: number): Promise<void>;
  /** Each plugin's state, by its name. */
  states(): Promise<ReadonlyMap<string, PluginState>>;
}

type Parts = PluginParts<PluginTypes>;

interface RunningPlugin {
  readonly plugin: AnyPlugin;
  readonly parts: Parts;
}

/** Milliseconds: a boot that hangs says where, and a stop and a readiness cannot hang. */
const timeLimits = { setUp: 60_000, start: 60_000, stop: 12_000, ready: 1_000 } as const;

export interface SetUpOptions extends Pick<Assembly, 'engine' | 'tables'> {
  /** The plugins that may be missing and could not be migrated, with the reason. */
  readonly failed: Map<string, unknown>;
}

export async function setUpPlugins(host: OpenHost, { failed, engine, tables }: SetUpOptions): Promise<RunningPlugins> {
  const { log } = host.options;
  const plugins = host.plugins.all;
  const provided = new ProvidedServices();
  const textIndexes: TextIndex[] = [];
  const removers = new Map();
  const assembly: Assembly = { engine, tables, provided, resources: [], importers: [], textIndexes, removers };
  const handlers = new Map<string, AnyHandler>();
  const running: RunningPlugin[] = [];

  /** @throws what the plugin failed with, unless it may be missing */
  function degrade(plugin: AnyPlugin, err: unknown): void {
    if (!host.plugins.degradable.has(plugin.name)) throw err;
    log.error({ err }, `Plugin ${plugin.name} failed; its operations answer 503.`);
    failed.set(plugin.name, err);
    for (const id of operationIdsOf(plugin.contract)) handlers.set(id, unavailableHandler(plugin));
  }

  for (const plugin of plugins) {
    try {
      if (failed.has(plugin.name)) throw failed.get(plugin.name);
      const parts = await setUp(plugin, host, assembly);
      addHandlers(handlers, plugin, parts);
      if (parts.subscriptions) provided.get(eventsService).subscribe(plugin.name, parts.subscriptions);
      const { imports = [], removers: own = {} } = parts.data ?? {};
      assembly.importers.push(...imports);
      for (const [table, remove] of Object.entries(own)) removers.set(table, remove);
      provided.provide(plugin, parts.service);
      running.push({ plugin, parts });
    } catch (error) {
      degrade(plugin, error);
    }
  }
  for (const warning of deafSubscriptions(plugins, running)) log.warn(warning);
  return {
    textIndexes,
    handler: (operationId) => {
      const handler = handlers.get(operationId);
      if (!handler) throw new Error(`No plugin handles ${operationId}.`);
      return handler;
    },
    service: (ref) => provided.get(ref),
    start: async () => {
      for (const { plugin, parts } of running) {
        await start(plugin, parts).catch((error: unknown) => degrade(plugin, error));
      }
    },
    retire: () => {
      for (const { plugin, parts } of running) retire(plugin, parts, log);
    },
    stop: async (withinMs = timeLimits.stop) => {
      const stopBy = performance.now() + withinMs;
      for (const { plugin, parts } of [...running].reverse()) {
        await stop(plugin, parts, { log, withinMs: Math.max(0, stopBy - performance.now()) / 2 });
      }
    },
    states: async () => {
      const states = plugins.map(async ({ name }) => [name, await stateOf(name)] as const);
      return new Map(await Promise.all(states));
    },
  };

  async function stateOf(name: string): Promise<PluginState> {
    if (failed.has(name)) return 'degraded';
    const parts = running.find(({ plugin }) => plugin.name === name)?.parts;
    return (await isReady(name, parts, log)) ? 'ready' : 'not ready';
  }
}

async function setUp(plugin: AnyPlugin, host: OpenHost, assembly: Assembly): Promise<Parts> {
  const scope = createScope(plugin, host, assembly);
  try {
    return await withTimeout(timeLimits.setUp, () => plugin.setup(scope));
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

/** A sentence for each subscription to what no plugin of the host emits. */
function deafSubscriptions(plugins: readonly AnyPlugin[], running: readonly RunningPlugin[]): string[] {
  const emitted = plugins.flatMap(({ emits = [] }) => emits.map(({ name }: EventRef) => name));
  return running.flatMap(({ plugin, parts }) =>
    (parts?.subscriptions ?? [])
      .filter(({ event }) => !emitted.includes(event))
      .map(
        ({ event }) =>
          `Plugin ${plugin.name} subscribes to ${event}, which no plugin emits.${didYouMean(event, emitted)}`,
      ),
  );
}

/** The reason is only in the log. */
function unavailableHandler({ name }: AnyPlugin): AnyHandler {
  return () => {
    throw new PalestraError(catalogue.pluginUnavailable, `The part ${name} of this server is out of order.`, {
      headers: { 'retry-after': '60' },
    });
  };
}

async function start(plugin: AnyPlugin, parts: Parts): Promise<void> {
  try {
    await withTimeout(timeLimits.start, () => parts.start?.());
  } catch (cause) {
    throw new Error(`Plugin ${plugin.name} ${plugin.version} could not start.`, { cause });
  }
}

function retire(plugin: AnyPlugin, parts: Parts, log: Logger): void {
  try {
    parts.retire?.();
  } catch (err) {
    log.error({ err }, `Plugin ${plugin.name} did not retire.`);
  }
}

/** A plugin that does not stop in time is left behind. */
async function stop(
  plugin: AnyPlugin,
  parts: Parts,
  { log, withinMs }: { readonly log: Logger; readonly withinMs: number },
): Promise<void> {
  try {
    await withTimeout(withinMs, () => parts.stop?.());
  } catch (err) {
    log.error({ err }, `Plugin ${plugin.name} did not stop.`);
  }
}

async function isReady(name: string, parts: Parts | undefined, log: Logger): Promise<boolean> {
  try {
    return await withTimeout(timeLimits.ready, () => parts?.ready?.() ?? true);
  } catch (err) {
    log.warn({ err }, `Plugin ${name} is not ready.`);
    return false;
  }
}
