/** The template of `palestra plugin new`: the plugin in the folder `template`, with other names filled in. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { packageFolder } from '../package-folder.js';
import type { PluginNames } from './plugin-names.js';

const folder = fileURLToPath(new URL('template', packageFolder()));

/** The names of the plugin in the folder: no two of them are alike, so that each can be replaced. */
export const sample: PluginNames = {
  plugin: 'sample-plugin',
  constant: 'samplePlugin',
  resource: 'SampleItem',
  plural: 'SampleItems',
  variable: 'sampleItem',
  snake: 'sample_item',
};

export interface TemplateOptions {
  readonly names: PluginNames;
  /** The version of the packages that the plugin is written for. */
  readonly version: string;
  /** What is installed while developing, by package name; from the registry unless given. */
  readonly packages?: ReadonlyMap<string, string>;
}

/** The files of a new plugin, by path. */
export function pluginFiles(options: TemplateOptions): ReadonlyMap<string, string> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const paths = files.map((file) => relative(folder, file)).filter(isTemplate);
  return new Map(paths.sort().map((path) => [targetOf(path, options.names), contentOf(path, options)]));
}

/** In a clone, what the build and the generator write is beside the template. */
function isTemplate(path: string): boolean {
  return !/^(dist|node_modules)[\\/]|\.generated\.ts$/.test(path);
}

/** npm does not pack a `.gitignore`. */
function targetOf(path: string, names: PluginNames): string {
  return path === 'gitignore' ? '.gitignore' : withNames(path, names);
}

function contentOf(path: string, { names, version, packages }: TemplateOptions): string {
  const text = withNames(readFileSync(join(folder, path), 'utf8'), names);
  return path === 'package.json' ? withVersions(text, version, packages) : text;
}

function withNames(text: string, names: PluginNames): string {
  const found = Object.keys(sample) as (keyof PluginNames)[];
  // The plural first, since the singular is a part of it.
  const all = found.sort((a, b) => sample[b].length - sample[a].length);
  return text.replace(new RegExp(all.map((each) => sample[each]).join('|'), 'g'), (match) => {
    const name = all.find((each) => sample[each] === match);
    return name === undefined ? match : names[name];
  });
}

interface TemplateManifest {
  readonly peerDependencies: Record<string, string>;
  readonly devDependencies: Record<string, string>;
}

/** What the package demands of a host is a range; only what is installed for its development may be a file. */
function withVersions(text: string, version: string, packages: TemplateOptions['packages']): string {
  const manifest: TemplateManifest = JSON.parse(text);
  for (const [name] of Object.entries(manifest.peerDependencies)) {
    manifest.peerDependencies[name] = `^${version}`;
    manifest.devDependencies[name] = packages?.get(name) ?? `^${version}`;
  }
  return `${JSON.stringify(manifest, null, 2)}\n`;
}
