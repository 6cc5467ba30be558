/** `palestra plugin generate`: types, client constants and migrations, made of the plugin's `openapi.yaml`. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { base } from '../../contract/base.generated.js';
import { type Command, command } from '../command.js';
import { CommandError } from '../errors.js';

const fragmentPath = 'openapi.yaml';

export const pluginGenerate: Command = command({
  name: 'plugin generate',
  summary: "Generate types, client constants and migrations from a plugin's openapi.yaml",
  options: { check: { description: 'Write nothing: exit code 1 if a file is out of date' } },
  standalone: true,
  async run({ folder, print }, { check }) {
    let stale = 0;
    for (const [path, text] of await filesOf(folder)) {
      const file = join(folder, path);
      if (existsSync(file) && readFileSync(file, 'utf8') === text) continue;
      stale += 1;
      print(`${check ? 'out of date:' : 'wrote'} ${path}`);
      if (!check) writeFileSync(file, text);
    }
    return check && stale > 0 ? 1 : 0;
  },
});

const migrationsPath = 'src/migrations.ts';

async function filesOf(folder: string): Promise<[path: string, text: string][]> {
  if (!existsSync(join(folder, fragmentPath))) throw new CommandError(`There is no ${fragmentPath} in ${folder}.`);
  const { clientFile, contractFile, emptyMigrations, migrationsFile, readFragment, versionFile } =
    await loadGenerator();
  const manifest: { name?: string; version?: string } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  // As it is written: the module that holds the name cannot be imported before its types are generated.
  const pluginName = (manifest.name ?? basename(folder)).replace(/^palestra-plugin-/, '');
  const text = readFileSync(join(folder, fragmentPath), 'utf8');
  const fragment = readFragment(base, pluginName, fragmentPath, text);
  const migrations = existsSync(join(folder, migrationsPath))
    ? readFileSync(join(folder, migrationsPath), 'utf8')
    : emptyMigrations;
  const files: [path: string, text: string][] = [
    ['src/contract.generated.ts', await contractFile(base, fragment, '@palestra/server/plugin')],
    ['src/client.generated.ts', await clientFile(base, fragment)],
    ['src/version.generated.ts', versionFile(manifest.version ?? '0.0.0')],
    [migrationsPath, await migrationsFile(migrationsPath, migrations, fragment.resources)],
  ];
  return files.filter(([, each]) => each !== emptyMigrations);
}

/** It needs a compiler, which a server has no use for. */
async function loadGenerator(): Promise<typeof import('../../generate/index.js')> {
  try {
    return await import('../../generate/index.js');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new CommandError('Install what it needs first: npm install --save-dev openapi-typescript typescript@5');
  }
}
