/** What happens to a node, and how it is undone. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { GaleraCluster, GaleraNode } from './galera.js';

export interface Fault {
  readonly kind: keyof typeof kinds;
  readonly node: number;
  readonly lastsMs: number;
}

interface Kind {
  begin(node: GaleraNode): Promise<void> | void;
  end(node: GaleraNode): Promise<void> | void;
}

const kinds = {
  kill: { begin: (node) => node.kill(), end: (node) => node.start() },
  freeze: { begin: (node) => node.freeze(), end: (node) => node.thaw() },
  'cut off': { begin: (node) => node.cutOff(), end: (node) => node.reconnect() },
} satisfies Record<string, Kind>;

/** Kinds about equally often, as the seed chooses; every second one hits the preferred node, the first. */
export function planFaults(count: number, nodes: number, lastsMs: number, random: () => number): Fault[] {
  const names = Object.keys(kinds) as Fault['kind'][];
  const rounds = Math.ceil(count / names.length);
  const drawn = Array.from({ length: rounds * names.length }, (_, at) => ({
    kind: names[at % names.length] as Fault['kind'],
    draw: random(),
  }));
  return drawn
    .sort((a, b) => a.draw - b.draw)
    .slice(0, count)
    .map(({ kind }, at) => ({ kind, node: at % 2 === 0 ? 0 : Math.floor(random() * nodes), lastsMs }));
}

/** One after another, each so many milliseconds after the one before, and when the cluster is whole again. */
export async function strike(
  cluster: GaleraCluster,
  faults: readonly Fault[],
  everyMs: number,
  tell: (line: string) => void,
): Promise<void> {
  const began = Date.now();
  const seconds = () => ((Date.now() - began) / 1000).toFixed(1);
  for (const [at, fault] of faults.entries()) {
    await sleep(Math.max(0, began + at * everyMs - Date.now()));
    const node = cluster.nodes[fault.node] as GaleraNode;
    const { begin, end } = kinds[fault.kind];
    tell(`${seconds()} s: ${node.name}, ${fault.kind}`);
    await begin(node);
    await sleep(fault.lastsMs);
    await end(node);
    // Two nodes that are away at once would be the end of the quorum.
    await cluster.untilWhole();
    tell(`${seconds()} s: ${node.name} is back`);
  }
}
