/** A host's plugins with the one under test among them, as the kit starts them. */
import type { AnyPlugin } from '../plugin/plugin.js';
import type { Subject } from './types.js';

export function pluginsOf({ companions = [], plugin }: Subject): AnyPlugin[] {
  return [...companions, plugin];
}

export function configOf({ companionConfig = {}, plugin }: Subject, config: unknown): Record<string, unknown> {
  return { ...companionConfig, ...(config !== undefined && { [plugin.name]: config }) };
}
