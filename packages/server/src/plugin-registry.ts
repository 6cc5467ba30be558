/** Puts plugins into the order their services need, and names both ends of what does not fit. */
import { hostVersion, type Need } from '@palestra/core';
import { satisfies, validRange } from 'semver';
import type { AnyPlugin } from './plugin.js';

/** @throws Error naming the plugins: a name twice, a host outside the range, a missing service, a cycle */
export function orderPlugins(plugins: readonly AnyPlugin[]): AnyPlugin[] {
  const providers = new Map<string, AnyPlugin>();
  const names = new Set<string>();
  for (const plugin of plugins) {
    if (names.has(plugin.name)) throw new Error(`Two plugins are named ${plugin.name}.`);
    names.add(plugin.name);
    assertHostFits(plugin);
    registerProvider(providers, plugin);
  }
  const ordered: AnyPlugin[] = [];
  for (const plugin of plugins) visit(plugin, providers, ordered, []);
  return ordered;
}

/** The services `plugin` asked for, by the names it knows them under. */
export function servicesFor(plugin: AnyPlugin, provided: ReadonlyMap<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(needsOf(plugin).map(([name, need]) => [name, provided.get(need.service.id)]));
}

function assertHostFits({ name, version, host }: AnyPlugin): void {
  if (validRange(host) === null) throw new Error(`Plugin ${name} ${version} has the invalid host range ${host}.`);
  if (!satisfies(hostVersion, host)) {
    throw new Error(`Plugin ${name} ${version} needs a host of ${host}; this host is ${hostVersion}.`);
  }
}

function registerProvider(providers: Map<string, AnyPlugin>, plugin: AnyPlugin): void {
  const id = plugin.provides?.id;
  if (id === undefined) return;
  const other = providers.get(id);
  if (other) throw new Error(`Plugins ${other.name} and ${plugin.name} both provide the service ${id}.`);
  providers.set(id, plugin);
}

function visit(
  plugin: AnyPlugin,
  providers: ReadonlyMap<string, AnyPlugin>,
  ordered: AnyPlugin[],
  path: readonly AnyPlugin[],
): void {
  if (ordered.includes(plugin)) return;
  if (path.includes(plugin)) {
    const cycle = [...path.slice(path.indexOf(plugin)), plugin].map(({ name }) => name);
    throw new Error(`Plugins require each other in a circle: ${cycle.join(' → ')}.`);
  }
  for (const [, { service, optional }] of needsOf(plugin)) {
    const provider = providers.get(service.id);
    if (provider) visit(provider, providers, ordered, [...path, plugin]);
    else if (!optional)
      throw new Error(`Plugin ${plugin.name} requires the service ${service.id}; no plugin provides it.`);
  }
  ordered.push(plugin);
}

function needsOf(plugin: AnyPlugin): [string, Need<unknown>][] {
  return Object.entries((plugin.requires ?? {}) as Record<string, Need<unknown>>);
}
