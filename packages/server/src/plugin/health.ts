/** The state of each plugin, from which readiness follows. */

export type PluginState = 'ready' | 'not ready' | 'degraded';

export interface Health {
  readonly ready: boolean;
  /** By plugin name. */
  readonly plugins: ReadonlyMap<string, PluginState>;
}
