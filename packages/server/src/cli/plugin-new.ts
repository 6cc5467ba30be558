/** `palestra plugin new`: a plugin of one resource that compiles, passes its tests and the kit, and serves. */
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { version } from '../version.generated.js';
import { type CommandContext, UsageError } from './command.js';
import { type PluginNames, pascal, pluginNames } from './plugin-names.js';
import { pluginFiles } from './plugin-template.js';

export async function newPlugin(context: CommandContext): Promise<number> {
  const { names, directory, packages } = await answersOf(context.args);
  const folder = resolve(directory ?? `palestra-plugin-${names.plugin}`);
  if (existsSync(folder) && readdirSync(folder).length > 0) throw new UsageError(`${folder} is not empty.`);
  const tarballs = packages === undefined ? undefined : tarballsIn(packages, folder);
  for (const [path, text] of pluginFiles({ names, version, ...(tarballs && { packages: tarballs }) })) {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  context.print(`Wrote ${names.plugin} to ${folder}. Next:`);
  context.print(`  cd ${relative(process.cwd(), folder)} && npm install && npm test`);
  return 0;
}

interface Answers {
  readonly names: PluginNames;
  readonly directory?: string | undefined;
  readonly packages?: string | undefined;
}

/** From the arguments; what they leave out is asked for where somebody can answer. */
async function answersOf(args: readonly string[]): Promise<Answers> {
  const { values, positionals } = parse(args);
  const [name, ...extra] = positionals;
  if (extra.length > 0) throw new UsageError(`Unexpected argument: ${extra[0]}`);
  if (name !== undefined) return { ...values, names: named(name, values.resource) };
  if (!process.stdin.isTTY) throw new UsageError('Name the plugin: palestra plugin new locker');
  const { ask, close } = createQuestions();
  try {
    const asked = await ask('Name of the plugin (lower case, such as locker): ');
    const resource = values.resource ?? (await ask(`Name of its resource (${pascal(asked)}): `));
    return { ...values, names: named(asked, resource || undefined) };
  } finally {
    close();
  }
}

function named(name: string, resource: string | undefined): PluginNames {
  try {
    return pluginNames(name, resource);
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

/** `file:` specifiers, seen from the new folder, of what `npm pack` wrote to `packages`. */
function tarballsIn(packages: string, folder: string): ReadonlyMap<string, string> {
  const files = existsSync(packages) ? readdirSync(packages) : [];
  const entries = ['core', 'server', 'client'].map((short) => {
    const file = files.find((each) => new RegExp(`^palestra-${short}-\\d.*\\.tgz$`).test(each));
    if (file === undefined) {
      throw new UsageError(`There is no palestra-${short}-${version}.tgz in ${packages}. Write it with npm pack.`);
    }
    return [`@palestra/${short}`, `file:${relative(folder, resolve(packages, file)).replaceAll('\\', '/')}`] as const;
  });
  return new Map(entries);
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
      options: { resource: { type: 'string' }, directory: { type: 'string' }, packages: { type: 'string' } },
    });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}
