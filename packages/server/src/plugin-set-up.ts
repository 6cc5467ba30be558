/** Sets plugins up in order, and holds their parts together: one handler for every operation, no more and no fewer. */
import { httpMethods, type PluginParts, type PluginTypes } from '@palestra/core';
import type { Logger } from 'pino';
import type { Audit } from './audit/index.js';
import type { Validators } from './contract/validate.js';
import type { Database } from './database/index.js';
import type { Events } from './events/index.js';
import type { KeyStore } from './keys/types.js';
import type { AnyPlugin, Clock, PluginScope } from './plugin.js';
import { servicesFor } from './plugin-registry.js';
import { createResource } from './resource/engine.js';
import type { AnyHandler } from './steps/exchange.js';

export interface SetUpOptions {
  readonly configs: ReadonlyMap<string, unknown>;
  readonly database: Database;
  readonly validators: Validators;
  readonly events: Events;
  readonly audit: Audit;
  readonly keys: KeyStore;
  readonly log: Logger;
  readonly clock: Clock;
}

export interface RunningPlugins {
  /** @throws Error if there is none, which boot has ruled out */
  handler(operationId: string): AnyHandler;
  start(): Promise<void>;
  stop(): Promise<void>;
  ready(): Promise<boolean>;
}

type Parts = PluginParts<PluginTypes>;

/** A plugin that does not stop within this many milliseconds is left behind, and logged. */
const stopDeadline = 10_000;

export async function setUpPlugins(plugins: readonly AnyPlugin[], options: SetUpOptions): Promise<RunningPlugins> {
  const handlers = new Map<string, AnyHandler>();
  const provided = new Map<string, unknown>();
  const running: { readonly plugin: AnyPlugin; readonly parts: Parts }[] = [];
  for (const plugin of plugins) {
    const parts = await setUp(plugin, provided, options);
    addHandlers(handlers, plugin, parts);
    if (parts.subscriptions) options.events.subscribe(plugin.name, parts.subscriptions);
    if (plugin.provides) provided.set(plugin.provides.id, parts.service);
    running.push({ plugin, parts });
  }
  return {
    handler: (operationId) => {
      const handler = handlers.get(operationId);
      if (!handler) throw new Error(`No plugin handles ${operationId}.`);
      return handler;
    },
    start: async () => {
      for (const { parts } of running) await parts.start?.();
    },
    stop: async () => {
      for (const { plugin, parts } of [...running].reverse()) await stopInTime(plugin, parts, options.log);
    },
    ready: async () => {
      const answers = await Promise.all(running.map(({ plugin, parts }) => isReady(plugin, parts, options.log)));
      return answers.every(Boolean);
    },
  };
}

async function setUp(plugin: AnyPlugin, provided: ReadonlyMap<string, unknown>, options: SetUpOptions): Promise<Parts> {
  const { configs, database, validators, events, audit, keys, log, clock } = options;
  const scope: PluginScope<PluginTypes> = {
    config: configs.get(plugin.name) as PluginScope<PluginTypes>['config'],
    services: servicesFor(plugin, provided) as PluginScope<PluginTypes>['services'],
    database,
    unitOfWork: (work) => database.unitOfWork(work),
    events: events.emitter,
    audit,
    keys,
    resource: (facts, rules = {}) => createResource(facts, rules, { database, validators, audit, clock }),
    log: log.child({ plugin: plugin.name }),
    clock,
  };
  try {
    return await plugin.setup(scope);
  } catch (cause) {
    throw new Error(`Plugin ${plugin.name} ${plugin.version} could not be set up.`, { cause });
  }
}

function addHandlers(all: Map<string, AnyHandler>, plugin: AnyPlugin, parts: Parts): void {
  const described = operationIds(plugin);
  const handlers = parts.handlers as Readonly<Record<string, AnyHandler>>;
  const missing = described.find((id) => typeof handlers[id] !== 'function');
  if (missing !== undefined) throw new Error(`Plugin ${plugin.name} describes ${missing} and has no handler for it.`);
  const extra = Object.keys(handlers).find((id) => !described.includes(id));
  if (extra !== undefined)
    throw new Error(`Plugin ${plugin.name} has a handler for ${extra}, which it does not describe.`);
  for (const [id, handler] of Object.entries(handlers)) all.set(id, handler);
}

function operationIds({ contract }: AnyPlugin): string[] {
  return Object.values(contract.paths).flatMap((item) =>
    httpMethods.flatMap((method) => item[method]?.operationId ?? []),
  );
}

async function stopInTime(plugin: AnyPlugin, parts: Parts, log: Logger): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no end after ${stopDeadline} ms`)), stopDeadline);
  });
  try {
    await Promise.race([parts.stop?.(), deadline]);
  } catch (err) {
    log.error({ err }, `Plugin ${plugin.name} did not stop.`);
  } finally {
    clearTimeout(timer);
  }
}

async function isReady(plugin: AnyPlugin, parts: Parts, log: Logger): Promise<boolean> {
  try {
    return (await parts.ready?.()) ?? true;
  } catch (err) {
    log.warn({ err }, `Plugin ${plugin.name} is not ready.`);
    return false;
  }
}
