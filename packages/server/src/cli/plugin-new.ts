/** `palestra plugin new`: a plugin of one resource that compiles, passes its tests and the kit, and serves. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { parseArgs } from 'node:util';
import { type CommandContext, UsageError } from './command.js';
import { type PluginNames, pluginFiles } from './plugin-template.js';

interface Wishes {
  readonly name: string;
  readonly resource: string;
  readonly directory: string;
}

const namePattern = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;
const resourcePattern = /^[A-Z][A-Za-z0-9]*$/;

export async function newPlugin(context: CommandContext): Promise<number> {
  const wishes = await wishesOf(context.args);
  const folder = resolve(wishes.directory);
  if (existsSync(folder) && readdirSync(folder).length > 0) throw new UsageError(`${folder} is not empty.`);
  for (const [path, text] of Object.entries(pluginFiles(namesOf(wishes), ownVersion()))) {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  context.print(`Wrote ${wishes.name} to ${folder}. Next:`);
  context.print(`  cd ${wishes.directory} && npm install && npm test`);
  return 0;
}

/** By flags, or asked for where a person sits there. */
async function wishesOf(args: readonly string[]): Promise<Wishes> {
  const { values, positionals } = parse(args);
  const ask = process.stdin.isTTY && positionals.length === 0;
  const name = positionals[0] ?? (ask ? await answer('Name of the plugin (lower case, such as locker): ') : undefined);
  if (name === undefined) throw new UsageError('Name the plugin: palestra plugin new locker');
  if (!namePattern.test(name)) throw new UsageError(`${name} is no name of a plugin: lower case, digits and dashes.`);
  const guess = pascal(name);
  const given = values.resource ?? (ask ? await answer(`Name of its resource (${guess}): `) : undefined);
  const resource = given || guess;
  if (!resourcePattern.test(resource)) throw new UsageError(`${resource} is no name of a resource, such as ${guess}.`);
  return { name, resource, directory: values.directory ?? `palestra-plugin-${name}` };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { resource: { type: 'string' }, directory: { type: 'string' } },
    });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

async function answer(question: string): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return (await lines.question(question)).trim();
  } finally {
    lines.close();
  }
}

function namesOf({ name, resource }: Wishes): PluginNames {
  const variable = resource.charAt(0).toLowerCase() + resource.slice(1);
  const snake = resource.replace(/(?<=[a-z0-9])(?=[A-Z])/g, '_').toLowerCase();
  return { plugin: name, resource, variable, snake, plural: pluralOf(resource), constant: camel(name) };
}

function pluralOf(word: string): string {
  if (/[^aeiou]y$/.test(word)) return `${word.slice(0, -1)}ies`;
  return /(s|x|z|ch|sh)$/.test(word) ? `${word}es` : `${word}s`;
}

function pascal(name: string): string {
  return name
    .split('-')
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
    .join('');
}

function camel(name: string): string {
  const text = pascal(name);
  return text.charAt(0).toLowerCase() + text.slice(1);
}

function ownVersion(): string {
  const manifest = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}
