/** `palestra plugin check`: the conformance kit on what a module exports. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ConformOptions } from '../../conformance/index.js';
import type { AnyPlugin } from '../../plugin/plugin.js';
import { type Command, command } from '../command.js';
import { UsageError } from '../errors.js';

const defaultModule = 'dist/conformance.js';

interface ConformanceModule extends ConformOptions {
  readonly plugin?: AnyPlugin;
}

export const pluginCheck: Command = command({
  name: 'plugin check',
  summary: 'Try a plugin with the conformance kit',
  details: 'Exit code 1 if a check failed.',
  arguments: {
    module: {
      description: `Module that exports plugin, and config, fixtures, client and companions if any; ${defaultModule} by default`,
      optional: true,
    },
  },
  json: true,
  standalone: true,
  async run({ folder, report }, { module: path = defaultModule }) {
    const file = resolve(folder, path);
    if (!existsSync(file)) throw new UsageError(`There is no ${path} in ${folder}. Build the plugin first.`);
    const { plugin, ...options }: ConformanceModule = await import(pathToFileURL(file).href);
    if (!plugin) throw new UsageError(`${path} does not export plugin.`);
    const { conform, formatReport } = await import('../../conformance/index.js');
    const result = await conform(plugin, options);
    report(result, [formatReport(result)]);
    return result.ok ? 0 : 1;
  },
});
