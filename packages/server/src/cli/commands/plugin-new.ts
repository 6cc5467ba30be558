/** `palestra plugin new`: a plugin of one resource that compiles, passes its tests and the kit, and serves. */
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { version } from '../../version.generated.js';
import { type Command, type CommandContext, command, type Terminal } from '../command.js';
import { UsageError } from '../errors.js';
import { type PluginNames, pascal, pluginNames } from '../plugin-names.js';
import { pluginFiles } from '../plugin-template.js';

export const pluginNew: Command = command({
  name: 'plugin new',
  summary: 'Write a new plugin that compiles, passes its tests and serves',
  details: 'Asks for the names on a terminal if they are left out.',
  arguments: { name: { description: 'Lower-case letters, digits and dashes: towel-rental', optional: true } },
  options: {
    resource: { value: 'THING', description: 'Name of its resource; that of the plugin by default' },
    directory: { value: 'FOLDER', description: 'Where to write it; palestra-plugin-NAME by default' },
    packages: { value: 'FOLDER', description: 'Install Palestra from the tarballs there instead of the registry' },
  },
  standalone: true,
  async run(context, { name, resource, directory, packages }) {
    const names = await namesFor(context, name, resource);
    const folder = resolve(context.folder, directory ?? `palestra-plugin-${names.plugin}`);
    if (existsSync(folder) && readdirSync(folder).length > 0) throw new UsageError(`${folder} is not empty.`);
    const tarballs = packages === undefined ? undefined : tarballsIn(resolve(context.folder, packages), folder);
    for (const [path, text] of pluginFiles({ names, version, ...(tarballs && { packages: tarballs }) })) {
      const file = join(folder, path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
    }
    context.print(`Wrote ${names.plugin} to ${folder}. Next:`);
    context.print(`  cd ${relative(context.folder, folder)} && npm install && npm test`);
    return 0;
  },
});

/** From the arguments; what they leave out is asked for where somebody can answer. */
async function namesFor(
  { terminal }: CommandContext,
  name: string | undefined,
  resource: string | undefined,
): Promise<PluginNames> {
  if (name !== undefined) return named(name, resource);
  if (!terminal.stdin.isTTY) throw new UsageError('Name the plugin: palestra plugin new locker');
  const { ask, close } = createQuestions(terminal);
  try {
    const asked = await ask('Name of the plugin (lower case, such as locker): ');
    return named(asked, resource ?? ((await ask(`Name of its resource (${pascal(asked)}): `)) || undefined));
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
    return [`@palestra/${short}`, `file:${relative(folder, join(packages, file)).replaceAll('\\', '/')}`] as const;
  });
  return new Map(entries);
}

/** Line by line, so that answers pasted at once are not lost between two questions. */
function createQuestions({ stdin, stderr }: Terminal): { ask(question: string): Promise<string>; close(): void } {
  const terminal = createInterface({ input: stdin });
  const lines = terminal[Symbol.asyncIterator]();
  return {
    async ask(question) {
      stderr.write(question);
      const { value } = await lines.next();
      return String(value ?? '').trim();
    },
    close: () => terminal.close(),
  };
}
