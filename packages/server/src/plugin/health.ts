/** How each plugin is: what readiness is made of. */

export type PluginState = 'ready' | 'not ready' | 'degraded';

export interface Health {
  readonly ready: boolean;
  /** By plugin name. */
  readonly plugins: ReadonlyMap<string, PluginState>;
}
