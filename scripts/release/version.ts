/**
 * The `version` script of the root, which `lerna version` runs once it has set the versions of the packages: the root
 * follows, and so do peer dependencies between our packages, which lerna leaves alone.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { manifestOf, repository, workspaces } from '../workspace.js';

const version = manifestOf(repository, 'packages/core').version ?? '';
const ours = new Set(workspaces(repository).map((folder) => manifestOf(repository, folder).name));

edit('package.json', (manifest) => ({ ...manifest, version }));
for (const folder of workspaces(repository).filter((each) => manifestOf(repository, each).peerDependencies)) {
  edit(`${folder}/package.json`, ({ peerDependencies, ...manifest }) => ({
    ...manifest,
    peerDependencies: Object.fromEntries(
      Object.entries(peerDependencies as Record<string, string>).map(([name, range]) => [
        name,
        ours.has(name) ? version : range,
      ]),
    ),
  }));
}

function edit(path: string, change: (manifest: Record<string, unknown>) => Record<string, unknown>): void {
  const file = join(repository, path);
  const before = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
  const after = change(before);
  const inOrder = Object.fromEntries(Object.keys(before).map((key) => [key, after[key]]));
  writeFileSync(file, `${JSON.stringify(inOrder, null, 2)}\n`);
}
