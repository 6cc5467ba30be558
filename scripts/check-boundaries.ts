/** The arrows of ARCHITECTURE.md: what each kind of package may import. TypeScript does not guard them, since npm hoists. */

import { existsSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { join, posix } from 'node:path';
import { type SourceFile, sourceFilesBelow } from './source-file.js';
import { filesBelow, foldersIn, type Manifest, manifestOf, workspaces } from './workspace.js';

interface Layer {
  /** Entry points of ours that it may import. */
  readonly ours: readonly string[];
  /** Whether it may import Node's own modules. */
  readonly node: boolean;
}

const core: Layer = { ours: [], node: true };
const server: Layer = { ours: ['@palestra/core', '@palestra/core/auth'], node: true };
const client: Layer = { ours: ['@palestra/core'], node: false };
const plugin: Layer = { ours: ['@palestra/core', '@palestra/core/auth', '@palestra/server/plugin'], node: true };

/** The plugin that `palestra plugin new` copies. */
const template = 'packages/server/template';

/** Every breach as a sentence that names the file; none in a sound repository. */
export function boundaryBreaches(root: string): string[] {
  const plugins = foldersIn(root, 'packages/plugins');
  return [
    ...packageBreaches(root, 'packages/core', core),
    ...universalBreaches(root, 'packages/core/src/index.ts'),
    ...packageBreaches(root, 'packages/server', server),
    ...packageBreaches(root, 'packages/client-sdk', client),
    ...plugins.flatMap((folder) => packageBreaches(root, folder, plugin)),
    ...samenessBreaches(root),
    ...[...foldersIn(root, 'examples'), template, 'scripts'].flatMap((folder) => outsiderBreaches(root, folder)),
  ];
}

function packageBreaches(root: string, folder: string, layer: Layer): string[] {
  const { dependencies, peerDependencies } = manifestOf(root, folder);
  const declared = new Set(Object.keys({ ...dependencies, ...peerDependencies }));
  const commands = sourceFilesBelow(root, `${folder}/bin`).flatMap(({ path, imports }) =>
    imports
      .filter((each) => each.startsWith('.') && leaves(path, each, folder))
      .map((each) => `${path} imports ${each}, which is outside ${folder}`),
  );
  const sources = sourceFilesBelow(root, `${folder}/src`).flatMap((file) => [
    ...file.imports.flatMap((specifier) => importBreach(file.path, specifier, `${folder}/src`, layer, declared)),
    ...(file.exportsAll ? [`${file.path} has an export *`] : []),
    ...(file.exportsDefault ? [`${file.path} has a default export`] : []),
    ...(file.path.endsWith('.d.ts') ? [`${file.path} is not copied to dist by tsc`] : []),
  ]);
  return [...commands, ...sources];
}

function importBreach(path: string, specifier: string, within: string, layer: Layer, declared: Set<string>): string[] {
  const breach = `${path} imports ${specifier}`;
  if (specifier.startsWith('.'))
    return leaves(path, specifier, within) ? [`${breach}, which is outside ${within}`] : [];
  if (isNodeModule(specifier)) return layer.node ? [] : [`${breach}, but must run without Node`];
  const name = packageOf(specifier);
  const isKit = specifier === '@palestra/server/conformance' && path.endsWith('/src/conformance.ts');
  if (name.startsWith('@palestra/') && !isKit && !layer.ours.includes(specifier))
    return [`${breach}, against the arrows`];
  return declared.has(name) ? [] : [`${breach}, which its package.json does not declare`];
}

/** Core's root entry runs anywhere: nothing it reaches imports a package or a module of Node's. */
function universalBreaches(root: string, entry: string): string[] {
  const files = new Map(sourceFilesBelow(root, posix.dirname(entry)).map((file) => [file.path, file]));
  const reached = new Set<SourceFile>();
  const reach = (path: string): void => {
    const file = files.get(path);
    if (!file || reached.has(file)) return;
    reached.add(file);
    for (const each of file.imports) if (each.startsWith('.')) reach(resolveSource(path, each));
  };
  reach(entry);
  return [...reached].flatMap(({ path, imports }) =>
    imports
      .filter((each) => !each.startsWith('.'))
      .map((each) => `${path} imports ${each}, but ${entry} must run anywhere`),
  );
}

/**
 * The files of a plugin, under the same names everywhere. What one domain alone has is in folders below `src`, named after
 * what it is.
 */
const pluginFiles: Readonly<Record<string, 'always' | 'where needed'>> = {
  'package.json': 'always',
  'tsconfig.json': 'always',
  'openapi.yaml': 'always',
  'src/conformance.ts': 'always',
  'src/contract.generated.ts': 'always',
  'src/index.ts': 'always',
  'src/migrations.ts': 'always',
  'src/version.generated.ts': 'always',
  LICENSE: 'where needed',
  'examples.json': 'where needed',
  'README.md': 'where needed',
  'palestra.config.js': 'where needed',
  'src/client.generated.ts': 'where needed',
  'src/client.ts': 'where needed',
  'src/config.ts': 'where needed',
  'src/demo.ts': 'where needed',
  'src/errors.ts': 'where needed',
  'src/events.ts': 'where needed',
  'src/operations.ts': 'where needed',
  'src/resource.ts': 'where needed',
  'src/service.ts': 'where needed',
  'src/set-up.ts': 'where needed',
  'src/store.ts': 'where needed',
};

/** The built-in plugins, those that examples show, and the one that `palestra plugin new` copies. */
function samenessBreaches(root: string): string[] {
  const folders = [...foldersIn(root, 'packages/plugins'), ...foldersIn(root, 'examples'), template];
  const plugins = folders.filter((folder) => existsSync(join(root, folder, 'openapi.yaml')));
  const required = Object.keys(pluginFiles).filter((file) => pluginFiles[file] === 'always');
  return plugins.flatMap((folder) => {
    const files = filesBelow(root, folder).map((path) => path.slice(folder.length + 1));
    const own = files.filter((file) => !/^(test|src\/[^/]+)\/|\.test\.ts$|^gitignore$/.test(file));
    return [
      ...required
        .filter((file) => !own.includes(file))
        .map((file) => `${folder} lacks ${file}, which every plugin has`),
      ...own.filter((file) => !(file in pluginFiles)).map((file) => `${folder} has ${file}, which no other plugin has`),
    ];
  });
}

/** Examples and scripts use packages as any other project does: by published entries and commands, not by path. */
function outsiderBreaches(root: string, folder: string): string[] {
  const manifests = workspaces(root).map((each) => ({ path: each, manifest: manifestOf(root, each) }));
  const published = new Set(manifests.flatMap(({ manifest }) => entriesOf(manifest)));
  const commands = new Set(
    manifests.flatMap(({ path, manifest }) => Object.values(manifest.bin ?? {}).map((file) => posix.join(path, file))),
  );
  const isPublished = (path: string, specifier: string) => {
    if (!specifier.startsWith('.')) return !specifier.startsWith('@palestra/') || published.has(specifier);
    const target = posix.join(posix.dirname(path), specifier);
    // Scripts belong to the clone, whose own files they may read; an example has nothing around it.
    const isBehindEntry = manifests.some((each) => target.startsWith(`${each.path}/`));
    return folder === 'scripts' ? !isBehindEntry || commands.has(target) : !leaves(path, specifier, folder);
  };
  return sourceFilesBelow(root, folder).flatMap(({ path, imports }) =>
    imports
      .filter((specifier) => !isPublished(path, specifier))
      .map((specifier) => `${path} imports ${specifier}, which is not published`),
  );
}

function entriesOf({ name = '', exports = {} }: Manifest): string[] {
  return Object.keys(exports).map((entry) => posix.join(name, entry));
}

function packageOf(specifier: string): string {
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
}

function isNodeModule(specifier: string): boolean {
  return specifier.startsWith('node:') || builtinModules.includes(packageOf(specifier));
}

function resolveSource(from: string, specifier: string): string {
  return posix.join(posix.dirname(from), specifier).replace(/\.js$/, '.ts');
}

function leaves(from: string, specifier: string, folder: string): boolean {
  return !`${resolveSource(from, specifier)}/`.startsWith(`${folder}/`);
}
