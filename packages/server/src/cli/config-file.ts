/** `palestra.config.js`: which plugins this host has, and their configuration. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { AnyPlugin } from '../plugin/plugin.js';
import { CommandError } from './errors.js';

export interface ConfigFile {
  readonly plugins: readonly AnyPlugin[];
  readonly config?: Readonly<Record<string, unknown>>;
  /** Names of plugins that may fail at boot. */
  readonly degrade?: readonly string[];
}

const names = ['palestra.config.js', 'palestra.config.mjs'];

/** @throws CommandError naming the file and what to change in it */
export async function loadConfigFile(folder: string): Promise<ConfigFile> {
  const file = names.map((name) => resolve(folder, name)).find(existsSync);
  if (file === undefined) {
    throw new CommandError(
      `There is no ${names[0]} in ${folder}. Create one that says: export const plugins = [gym, merchandise];`,
    );
  }
  const { plugins, config, degrade } = await load(file);
  if (!Array.isArray(plugins)) throw new CommandError(`${file} must export a list named plugins.`);
  for (const [index, plugin] of plugins.entries()) {
    if (isPlugin(plugin)) continue;
    throw new CommandError(
      `plugins[${index}] in ${file} is ${shown(plugin)}, not a plugin. Check what the file imports.`,
    );
  }
  return { plugins, ...(config && { config }), ...(degrade && { degrade }) };
}

async function load(file: string): Promise<Partial<ConfigFile>> {
  try {
    return await import(pathToFileURL(file).href);
  } catch (error) {
    const { message, name, code } = error as NodeJS.ErrnoException;
    const next =
      code === 'ERR_MODULE_NOT_FOUND'
        ? 'Install what it imports with npm install, or build it.'
        : name === 'SyntaxError'
          ? `Correct it; \`node --check ${file}\` shows the line of a syntax error.`
          : 'Correct what it does when it is loaded.';
    throw new CommandError(`${file} cannot be loaded: ${message}. ${next}`);
  }
}

function isPlugin(value: unknown): value is AnyPlugin {
  return typeof value === 'object' && value !== null && 'name' in value && 'setup' in value;
}

function shown(value: unknown): string {
  return value === null || typeof value !== 'object' ? String(value) : 'an object without name and setup';
}
