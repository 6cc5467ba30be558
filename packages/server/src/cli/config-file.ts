/** `palestra.config.js` in the current folder: which plugins this host has, and their configuration. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { AnyPlugin } from '../plugin/plugin.js';

export interface ConfigFile {
  readonly plugins: readonly AnyPlugin[];
  readonly config?: Readonly<Record<string, unknown>>;
  /** Names of plugins that may fail at boot. */
  readonly degrade?: readonly string[];
}

const names = ['palestra.config.js', 'palestra.config.mjs'];

/** @throws Error saying what to write where there is no usable file */
export async function loadConfigFile(folder: string = process.cwd()): Promise<ConfigFile> {
  const file = names.map((name) => resolve(folder, name)).find(existsSync);
  if (file === undefined) {
    throw new Error(`There is no ${names[0]} in ${folder}. Write one with: export const plugins = [gym, merchandise];`);
  }
  const loaded = (await import(pathToFileURL(file).href)) as Partial<ConfigFile>;
  if (!Array.isArray(loaded.plugins)) throw new Error(`${file} must export a list named plugins.`);
  const { plugins, config, degrade } = loaded;
  return { plugins, ...(config && { config }), ...(degrade && { degrade }) };
}
