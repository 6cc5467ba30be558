/** Every generated file by its path: the one list that `npm run generate` writes and checks. */
import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { OpenApiDocument } from '@palestra/core';
import {
  banner,
  clientFile,
  clientOperations,
  composeDocument,
  constant,
  contractFile,
  documentTypes,
  type Examples,
  migrationsFile,
  parseContract,
  publishedDocument,
  readFragment,
  versionFile,
} from '@palestra/server/generate';
import { stringify } from 'yaml';
import { grafanaDashboard } from './grafana-dashboard.js';
import { foldersIn, manifestOf } from './workspace.js';

/** The plugin that `palestra plugin new` copies. */
const templateFolder = 'packages/server/template';
const basePath = 'packages/server/src/contract/openapi.yaml';

interface Part {
  readonly name: string;
  readonly fragmentPath: string;
  /** Where the types and the constant go. */
  readonly targetPath: string;
  /** The module that the types of resources come from. */
  readonly server: string;
  /** Examples have a contract and a client of their own, but no place in the product's. */
  readonly composed: boolean;
  /** A package of its own, whose migrations are written too. The server's own parts share tables. */
  readonly separate: boolean;
}

export async function generatedFiles(root: string): Promise<Map<string, string>> {
  const read = (path: string): string => readFileSync(join(root, path), 'utf8');
  const base = parseContract<OpenApiDocument>(basePath, read(basePath));
  const parts = findParts(root).map((part) => ({
    ...part,
    ...readFragment(base, part.name, part.fragmentPath, read(part.fragmentPath), examplesOf(root, part)),
  }));
  const composed = publishedDocument(
    composeDocument(
      base,
      parts.filter((part) => part.composed),
    ),
  );

  const files = new Map([
    [`${dirname(basePath)}/base.generated.ts`, constant(basePath, 'base', 'OpenApiDocument', base)],
    ['openapi.yaml', banner('#', 'the fragments of server and plugins') + stringify(composed, yamlStyle)],
    [
      'packages/client-sdk/src/generated/openapi.ts',
      banner('//', 'openapi.yaml') + (await documentTypes(composed, 'caller')),
    ],
    [
      'packages/client-sdk/src/generated/operations.ts',
      banner('//', 'openapi.yaml') + clientOperations(composed, clientImports),
    ],
    ['deploy/grafana/generated/palestra.json', grafanaDashboard()],
  ]);
  for (const part of parts) {
    files.set(part.targetPath, await contractFile(base, part, part.server));
    if (!part.composed) files.set(`${dirname(part.targetPath)}/client.generated.ts`, await clientFile(base, part));
    const migrations = `${dirname(part.targetPath)}/migrations.ts`;
    if (part.separate && existsSync(join(root, migrations))) {
      files.set(migrations, await migrationsFile(migrations, read(migrations), part.resources));
    }
  }
  for (const folder of versioned(root)) {
    const { version = '' } = manifestOf(root, folder);
    files.set(`${folder}/src/version.generated.ts`, versionFile(version));
  }
  return files;
}

/** The `operationId`s of each fragment of the product, by its path. */
export function composedFragments(root: string): Map<string, Set<string>> {
  const read = (path: string): string => readFileSync(join(root, path), 'utf8');
  const base = parseContract<OpenApiDocument>(basePath, read(basePath));
  const parts = findParts(root).filter(({ composed }) => composed);
  return new Map(
    parts.map(({ name, fragmentPath }) => {
      const { contract } = readFragment(base, name, fragmentPath, read(fragmentPath));
      const operations = Object.values(contract.paths).flatMap((item) => Object.values(item));
      return [fragmentPath, new Set(operations.map(({ operationId }) => operationId))];
    }),
  );
}

/** Written by `npm run examples`. */
function examplesOf(root: string, { fragmentPath }: Part): Examples {
  const file = join(root, dirname(fragmentPath), 'examples.json');
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Examples) : {};
}

/** The packages that say their version: those with plugins, and the client. */
function versioned(root: string): string[] {
  const ownPlugins = foldersIn(root, 'examples').filter((folder) => existsSync(join(root, folder, 'openapi.yaml')));
  const template = existsSync(join(root, templateFolder)) ? [templateFolder] : [];
  return ['packages/server', 'packages/client-sdk', ...foldersIn(root, 'packages/plugins'), ...ownPlugins, ...template];
}

const clientImports = { operation: '../contract/operation.js', types: './openapi.js' };
const yamlStyle = { lineWidth: 120, aliasDuplicateObjects: false };

function findParts(root: string): Part[] {
  const part = (source: string, composed: boolean) => (folder: string) => ({
    name: basename(folder),
    fragmentPath: `${folder}/openapi.yaml`,
    targetPath: `${folder}${source}/contract.generated.ts`,
    server: source === '' ? '../plugin/resource.js' : '@palestra/server/plugin',
    composed,
    separate: source !== '',
  });
  return [
    ...foldersIn(root, 'packages/server/src').map(part('', true)),
    ...foldersIn(root, 'packages/plugins').map(part('/src', true)),
    ...[...foldersIn(root, 'examples'), templateFolder].map(part('/src', false)),
  ].filter(({ fragmentPath }) => fragmentPath !== basePath && existsSync(join(root, fragmentPath)));
}
