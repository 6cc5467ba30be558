/** Who imports whom inside a package, types included: its circles, its longest chain, and the arrows between its folders. */
import { posix } from 'node:path';
import { sourceFilesBelow } from './source-file.js';

/** From each node to those it imports. */
export type Graph = ReadonlyMap<string, ReadonlySet<string>>;

/** Of the files below `folder`, by paths from the root; imports of other packages are left out. */
export function importGraph(root: string, folder: string): Graph {
  const files = sourceFilesBelow(root, folder);
  const known = new Set(files.map(({ path }) => path));
  return new Map(
    files.map(({ path, imports }) => {
      const targets = imports.filter((each) => each.startsWith('.')).map((each) => resolveSource(path, each));
      return [path, new Set(targets.filter((target) => known.has(target) && target !== path))];
    }),
  );
}

/** The same between the folders directly below `folder`; a file beside them is a node of its own. */
export function folderGraph(graph: Graph, folder: string): Graph {
  const roomOf = (path: string) => path.slice(folder.length + 1).split('/')[0] ?? path;
  const rooms = new Map<string, Set<string>>();
  for (const [path, targets] of graph) {
    const room = roomOf(path);
    const arrows = rooms.get(room) ?? new Set();
    for (const target of targets) if (roomOf(target) !== room) arrows.add(roomOf(target));
    rooms.set(room, arrows);
  }
  return rooms;
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

/** The longest way along imports, in a graph without circles. */
export function longestChain(graph: Graph): string[] {
  const longest = new Map<string, string[]>();
  const from = (node: string): string[] => {
    const known = longest.get(node);
    if (known) return known;
    longest.set(node, [node]);
    const behind = [...(graph.get(node) ?? [])].map(from).reduce((a, b) => (b.length > a.length ? b : a), []);
    const chain = [node, ...behind];
    longest.set(node, chain);
    return chain;
  };
  return [...graph.keys()].map(from).reduce((a, b) => (b.length > a.length ? b : a), []);
}

export function resolveSource(from: string, specifier: string): string {
  return posix.join(posix.dirname(from), specifier).replace(/\.js$/, '.ts');
}
