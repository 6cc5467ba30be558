/** The services that plugins provide, by their ids: one boot's. */
import type { Need, ServiceRef } from '@palestra/core';
import type { AnyPlugin } from '../plugin/plugin.js';

export class ProvidedServices {
  readonly #byId = new Map<string, unknown>();

  provide({ provides }: AnyPlugin, service: unknown): void {
    if (provides) this.#byId.set(provides.id, service);
  }

  /** @throws Error if no plugin that runs provides it */
  get<Service>({ id }: ServiceRef<Service>): Service {
    if (!this.#byId.has(id)) throw new Error(`No plugin provides the service ${id}.`);
    return this.#byId.get(id) as Service;
  }

  /**
   * The services that `plugin` asked for, by the names it knows them under.
   * @throws Error for a required one whose plugin failed
   */
  neededBy(plugin: AnyPlugin): Record<string, unknown> {
    return Object.fromEntries(
      needsOf(plugin).map(([name, { service, optional }]) => {
        if (!optional && !this.#byId.has(service.id)) {
          throw new Error(`Plugin ${plugin.name} requires the service ${service.id}, whose plugin is out of order.`);
        }
        return [name, this.#byId.get(service.id)];
      }),
    );
  }
}

export function needsOf(plugin: AnyPlugin): [name: string, need: Need<unknown>][] {
  return Object.entries<Need<unknown>>(plugin.requires ?? {});
}
