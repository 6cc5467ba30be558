/** Who imports whom, types included: circles, the longest chain, and the order of folders. */
import { posix } from 'node:path';
import { type SourceFile, sourceFilesBelow } from './source-file.js';
import { manifestOf, packages } from './workspace.js';

/** From each node to those it imports. */
export type Graph = ReadonlyMap<string, ReadonlySet<string>>;

/** Of the files below `folder`, by paths from the root; imports of other packages are left out. */
export function importGraph(root: string, folder: string): Graph {
  return graphOf(sourceFilesBelow(root, folder), (path, specifier) => resolveSource(path, specifier));
}

/** Of the files of all packages, each import of a package leading to the source of that entry. */
export function repositoryGraph(root: string, { types }: { readonly types: boolean }): Graph {
  const entries = new Map(packages(root).flatMap((folder) => entriesOf(root, folder)));
  const files = packages(root).flatMap((folder) => sourceFilesBelow(root, `${folder}/src`));
  const counted = types ? files : files.map(withoutTypes);
  return graphOf(counted, (path, specifier) => entries.get(specifier) ?? resolveSource(path, specifier));
}

function graphOf(files: readonly SourceFile[], resolve: (path: string, specifier: string) => string): Graph {
  const known = new Set(files.map(({ path }) => path));
  return new Map(
    files.map(({ path, imports }) => {
      const targets = imports.map((specifier) => resolve(path, specifier));
      return [path, new Set(targets.filter((target) => known.has(target) && target !== path))];
    }),
  );
}

function withoutTypes(file: SourceFile): SourceFile {
  return { ...file, imports: file.imports.filter((specifier) => !file.typeImports.includes(specifier)) };
}

/** `@palestra/core/auth` → `packages/core/src/auth/index.ts`. */
function entriesOf(root: string, folder: string): [specifier: string, path: string][] {
  const { name = '', exports = {} } = manifestOf(root, folder);
  return Object.entries(exports).flatMap(([entry, file]) => {
    const source = typeof file === 'string' ? undefined : file['@palestra/source'];
    return source === undefined ? [] : [[posix.join(name, entry), posix.join(folder, source)]];
  });
}

/** The same between the folders directly below `folder`; a file beside them is a node of its own. */
export function folderGraph(graph: Graph, folder: string): Graph {
  const nodeOf = (path: string) => path.slice(folder.length + 1).split('/')[0] ?? path;
  const folders = new Map<string, Set<string>>();
  for (const [path, targets] of graph) {
    const node = nodeOf(path);
    const arrows = folders.get(node) ?? new Set();
    for (const target of targets) if (nodeOf(target) !== node) arrows.add(nodeOf(target));
    folders.set(node, arrows);
  }
  return folders;
}

/** Groups of nodes that reach each other, each sorted (Tarjan's strongly connected components of two and more). */
export function circles(graph: Graph): string[][] {
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const found: string[][] = [];
  const visit = (node: string): void => {
    const order = index.size;
    index.set(node, order);
    low.set(node, order);
    stack.push(node);
    for (const target of graph.get(node) ?? []) {
      if (!index.has(target)) visit(target);
      if (stack.includes(target)) low.set(node, Math.min(low.get(node) ?? 0, low.get(target) ?? 0));
    }
    if (low.get(node) === order) {
      const group = stack.splice(stack.indexOf(node));
      if (group.length > 1) found.push(group.sort());
    }
  };
  for (const node of graph.keys()) if (!index.has(node)) visit(node);
  return found;
}

/** The longest path along imports; inside a circle an import that leads back is not followed. */
export function longestChain(graph: Graph): string[] {
  const longest = new Map<string, string[]>();
  const from = (node: string): string[] => {
    const known = longest.get(node);
    if (known) return known;
    longest.set(node, []);
    const chain = [node, ...longestOf([...(graph.get(node) ?? [])].map(from))];
    longest.set(node, chain);
    return chain;
  };
  return longestOf([...graph.keys()].map(from));
}

function longestOf(chains: readonly string[][]): string[] {
  return chains.reduce((a, b) => (b.length > a.length ? b : a), []);
}

/** What `node` imports, directly or through others. */
export function reachableFrom(graph: Graph, node: string): Set<string> {
  const reached = new Set<string>();
  const visit = (from: string): void => {
    for (const target of graph.get(from) ?? []) {
      if (reached.has(target)) continue;
      reached.add(target);
      visit(target);
    }
  };
  visit(node);
  return reached;
}

export function resolveSource(from: string, specifier: string): string {
  return posix.join(posix.dirname(from), specifier).replace(/\.js$/, '.ts');
}
