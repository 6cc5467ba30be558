/** `palestra plugin check`: the conformance kit on what a module exports. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type ConformOptions, conform, formatReport } from '../conformance/index.js';
import type { AnyPlugin } from '../plugin/plugin.js';
import { type CommandContext, UsageError } from './command.js';

const defaultModule = 'dist/conformance.js';

interface ConformanceModule extends ConformOptions {
  readonly plugin?: AnyPlugin;
}

export async function checkPlugin({ args, print }: CommandContext): Promise<number> {
  const [path = defaultModule] = args;
  const file = resolve(path);
  if (!existsSync(file)) {
    throw new UsageError(`There is no ${path}. It exports plugin, and config, fixtures, client and companions if any.`);
  }
  const { plugin, ...options } = (await import(pathToFileURL(file).href)) as ConformanceModule;
  if (!plugin) throw new UsageError(`${path} exports no plugin.`);
  const report = await conform(plugin, options);
  print(formatReport(report));
  return report.ok ? 0 : 1;
}
