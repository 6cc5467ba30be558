/** Puts plugins into the order their services need, and names both ends of what does not fit. */
import { catalogue, type ErrorFact, hostVersion } from '@palestra/core';
import satisfies from 'semver/functions/satisfies.js';
import validRange from 'semver/ranges/valid.js';
import type { AnyPlugin } from '../plugin/plugin.js';
import { needsOf } from './provided.js';

/** @throws Error naming the plugins: a name twice, a host outside the range, a missing service, a cycle */
export function orderPlugins(plugins: readonly AnyPlugin[]): AnyPlugin[] {
  const providers = new Map<string, AnyPlugin>();
  const names = new Set<string>();
  const errors = catalogued();
  const emitters = new Map<string, string>();
  for (const plugin of plugins) {
    if (names.has(plugin.name)) throw new Error(`Two plugins are named ${plugin.name}.`);
    names.add(plugin.name);
    assertNamed(plugin);
    assertHostFits(plugin);
    registerErrors(errors, plugin);
    registerProvider(providers, plugin);
    registerEvents(emitters, plugin);
  }
  const ordered: AnyPlugin[] = [];
  for (const plugin of plugins) visit(plugin, providers, ordered, []);
  return ordered;
}

/** The name is also the key of the plugin's configuration and of its migration ledger. */
const pluginName = /^[a-z][a-z0-9]*([_-][a-z0-9]+)*$/;

function assertNamed({ name }: AnyPlugin): void {
  if (!pluginName.test(name) || name.length > 64) {
    throw new Error(
      `${JSON.stringify(name)} is not a valid plugin name: use lower-case letters, digits, - and _, at most 64 characters.`,
    );
  }
}

const errorCode = /^[a-z][a-z0-9]*(_[a-z0-9]+)*$/;

/** One catalogue for all, so that a code means the same to every client. */
function registerErrors(taken: Map<string, string>, { name, errors = {} }: AnyPlugin): void {
  for (const { code, status, exceptionType } of Object.values<ErrorFact>(errors)) {
    if (!errorCode.test(code))
      throw new Error(`Plugin ${name} declares the error code ${code}: write it in snake_case.`);
    if (!Number.isInteger(status) || status < 400 || status > 599) {
      throw new Error(
        `Plugin ${name} declares the error ${code} with status ${status}, which is not between 400 and 599.`,
      );
    }
    for (const key of [code, exceptionType]) {
      const owner = taken.get(key);
      if (owner !== undefined)
        throw new Error(`Plugin ${name} declares the error ${key}, which ${owner} declares already.`);
      taken.set(key, `plugin ${name}`);
    }
  }
}

function catalogued(): Map<string, string> {
  const facts = Object.values(catalogue);
  return new Map(facts.flatMap(({ code, exceptionType }) => [code, exceptionType].map((key) => [key, 'the host'])));
}

function assertHostFits({ name, version, host }: AnyPlugin): void {
  if (validRange(host) === null) throw new Error(`Plugin ${name} ${version} has the invalid host range ${host}.`);
  if (!satisfies(hostVersion, host)) {
    throw new Error(`Plugin ${name} ${version} needs a host of ${host}; this host is ${hostVersion}.`);
  }
}

const eventName = /^[a-z][\w-]*(\.[a-z][\w-]*)+$/;

function registerEvents(emitters: Map<string, string>, { name, emits = [] }: AnyPlugin): void {
  for (const { name: event } of emits) {
    if (!eventName.test(event) || event.length > 80) {
      throw new Error(
        `Plugin ${name} emits ${JSON.stringify(event)}: name it after plugin and event, as locker.taken.`,
      );
    }
    const other = emitters.get(event);
    if (other !== undefined) throw new Error(`Plugins ${other} and ${name} both emit ${event}.`);
    emitters.set(event, name);
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
