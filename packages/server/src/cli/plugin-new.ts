/** `palestra plugin new`: a plugin of one resource that compiles, passes its tests and the kit, and serves. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
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
  if (positionals[0] !== undefined || !process.stdin.isTTY) return accepted(positionals[0], values);
  const { ask, close } = createQuestions();
  try {
    const name = await ask('Name of the plugin (lower case, such as locker): ');
    return accepted(name, {
      ...values,
      resource: values.resource ?? (await ask(`Name of its resource (${pascal(name)}): `)),
    });
  } finally {
    close();
  }
}

function accepted(name: string | undefined, { resource, directory }: Partial<Wishes>): Wishes {
  if (!name) throw new UsageError('Name the plugin: palestra plugin new locker');
  if (!namePattern.test(name)) throw new UsageError(`${name} is no name of a plugin: lower case, digits and dashes.`);
  const chosen = resource || pascal(name);
  if (!resourcePattern.test(chosen)) {
    throw new UsageError(`${chosen} is no name of a resource, such as ${pascal(name)}.`);
  }
  return { name, resource: chosen, directory: directory ?? `palestra-plugin-${name}` };
}

/** Line by line, so that answers pasted at once are not lost between two questions. */
function createQuestions(): { ask(question: string): Promise<string>; close(): void } {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const lines = terminal[Symbol.asyncIterator]();
  return {
    async ask(question) {
      process.stdout.write(question);
      const { value } = await lines.next();
      return String(value ?? '').trim();
    },
    close: () => terminal.close(),
  };
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
