/** Where the packages of this repository are, and what their manifests say. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const repository: string = fileURLToPath(new URL('..', import.meta.url));

interface Conditions {
  readonly '@palestra/source'?: string;
  readonly types?: string;
  readonly default?: string;
  readonly import?: Conditions;
  readonly require?: Conditions;
}

export interface Manifest {
  readonly name?: string;
  readonly version?: string;
  readonly description?: string;
  readonly keywords?: readonly string[];
  readonly license?: string;
  readonly repository?: { readonly type: string; readonly url: string; readonly directory?: string };
  readonly publishConfig?: Readonly<Record<string, unknown>>;
  readonly type?: string;
  readonly private?: boolean;
  readonly files?: readonly string[];
  readonly engines?: Readonly<Record<string, string>>;
  readonly bin?: Readonly<Record<string, string>>;
  /** By conditions, or the file itself where it is the same for all. */
  readonly exports?: Readonly<Record<string, Conditions | string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

export function manifestOf(root: string, folder: string): Manifest {
  const file = join(root, folder, 'package.json');
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
}

/** Folders of the packages that are published: what lerna versions. */
export function packages(root: string): string[] {
  const direct = ['packages/core', 'packages/server', 'packages/client-sdk'].filter((folder) =>
    existsSync(join(root, folder)),
  );
  return [...direct, ...foldersIn(root, 'packages/plugins')];
}

export function workspaces(root: string): string[] {
  return [...packages(root), ...foldersIn(root, 'examples')];
}

/** Paths from the root, sorted. */
export function foldersIn(root: string, folder: string): string[] {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => `${folder}/${name}`)
    .sort();
}

/** Paths from the root of all files below a folder, sorted, without what is installed or built. */
export function filesBelow(root: string, folder: string): string[] {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { withFileTypes: true })
    .filter(({ name }) => !['node_modules', 'dist'].includes(name) && !name.endsWith('.tsbuildinfo'))
    .flatMap((entry) =>
      entry.isDirectory() ? filesBelow(root, `${folder}/${entry.name}`) : [`${folder}/${entry.name}`],
    )
    .sort();
}
