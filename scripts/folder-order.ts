/** The one order of each package's folders: a folder imports only those before it, types included. */
import { posix } from 'node:path';
import { circles, folderGraph, type Graph, importGraph, reachableFrom } from './import-graph.js';
import { foldersIn, packages } from './workspace.js';

/** By package; from the folder that all others may import to the one that none imports. */
export const folderOrder: Readonly<Record<string, readonly string[]>> = {
  'packages/core': ['contract', 'auth'],
  'packages/server': [
    'async',
    'workers',
    'files',
    'keys',
    'database',
    'plugin',
    'metrics',
    'tracing',
    'instances',
    'environment',
    'audit',
    'events',
    'rate-limit',
    'idempotency',
    'mail',
    'backup',
    'contract',
    'generate',
    'resource',
    'identity',
    'import',
    'recovery',
    'sessions',
    'personal-data',
    'management',
    'steps',
    'http',
    'host',
    'testing',
    'conformance',
    'cli',
  ],
  'packages/client-sdk': [
    'contract',
    'generated',
    'errors',
    'runtime',
    'call',
    'session',
    'crypto',
    'credentials',
    'steps',
    'resources',
    'weapp',
    'node',
    'testing',
  ],
  'packages/plugins/gym': ['staff'],
  'packages/plugins/merchandise': [],
  'packages/plugins/stams': ['http', 'games', 'devices'],
  'packages/plugins/team': ['people'],
  'packages/plugins/transaction': [
    'providers',
    'wechat',
    'ledger',
    'access',
    'state',
    'visit',
    'purchase',
    'refund',
    'reconciliation',
  ],
};

/** As ARCHITECTURE.md has it. */
export function orderLine(folder: string, order: readonly string[]): string {
  return `${posix.basename(folder)}: ${order.join(' ← ')}`;
}

/** Every breach as a sentence; none where files and folders import without a circle, and folders in their order. */
export function structureBreaches(root: string, orders: typeof folderOrder = folderOrder): string[] {
  return packages(root).flatMap((folder) => {
    const source = `${folder}/src`;
    const files = importGraph(root, source);
    const folders = folderGraph(files, source);
    return [
      ...circles(files).map((circle) => `These files import each other in a circle: ${circle.join(', ')}`),
      ...circles(folders).map((knot) => `In ${source} these import each other in a circle: ${knot.join(', ')}`),
      ...orderBreaches(root, folder, folders, orders[folder] ?? []),
    ];
  });
}

function orderBreaches(root: string, folder: string, folders: Graph, order: readonly string[]): string[] {
  const present = foldersIn(root, `${folder}/src`).map((path) => posix.basename(path));
  const reversed = order.flatMap((lower, index) => {
    const reached = reachableFrom(folders, lower);
    return order
      .slice(index + 1)
      .filter((higher) => reached.has(higher))
      .map((higher) => `${folder}/src/${lower} imports ${higher}, which is above it in scripts/folder-order.ts`);
  });
  return [
    ...present
      .filter((name) => !order.includes(name))
      .map((name) => `${folder}/src/${name} has no place in scripts/folder-order.ts`),
    ...order
      .filter((name) => !present.includes(name))
      .map((name) => `scripts/folder-order.ts lists ${name}, which ${folder}/src does not have`),
    ...reversed,
  ];
}
