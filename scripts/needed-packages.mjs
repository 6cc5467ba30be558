/** Which packages of a lock file a server needs at run time. */
import { posix } from 'node:path';

/**
 * The entries of `packages` (those of a lock file, by path) that the workspaces below `folders` need; their optional
 * peers are left out.
 */
export function neededPackages(packages, folders) {
  const needed = new Set();
  for (const [path, { link, resolved }] of Object.entries(packages)) {
    if (link && folders.some((folder) => resolved.startsWith(folder))) need(path);
  }
  return needed;

  function need(path) {
    if (needed.has(path)) return;
    needed.add(path);
    const entry = packages[path];
    if (entry.link) return need(entry.resolved);
    const { dependencies, optionalDependencies, peerDependencies, peerDependenciesMeta = {} } = entry;
    const peers = Object.keys(peerDependencies ?? {}).filter((name) => !peerDependenciesMeta[name]?.optional);
    for (const name of [...Object.keys({ ...dependencies, ...optionalDependencies }), ...peers]) {
      const found = resolve(path, name);
      if (found !== undefined) need(found);
    }
  }

  /** As Node does: in the package's own folder, then in each one above. */
  function resolve(from, name) {
    for (let folder = from; ; folder = posix.dirname(folder)) {
      const path = posix.join(folder, 'node_modules', name);
      if (path in packages) return path;
      if (folder === '.') return undefined;
    }
  }
}
