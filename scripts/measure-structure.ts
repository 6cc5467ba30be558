/** `npm run structure [checkout]`: circles, chains, sizes, context objects, casts and `any` of what is written by hand. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { circles, folderGraph, importGraph, longestChain, repositoryGraph } from './import-graph.js';
import { median, type SourceMetrics } from './source-metrics.js';
import { castsPerThousandLines, measurePackages, sizeBreaches } from './structure-limits.js';
import { repository } from './workspace.js';

const root = resolve(process.argv[2] ?? repository);
if (!existsSync(join(root, 'packages'))) {
  console.error(`There is no checkout in ${root}.`);
  process.exit(1);
}

const measured = measurePackages(root);
const rows = measured.map((each) => ({ ...each, ...graphsOf(each.folder) }));
const all = rows.flatMap(({ sources }) => sources);
const widest = (contexts: (typeof measured)[number]['contexts']) =>
  Math.max(0, ...contexts.map((each) => each.members));

function graphsOf(folder: string) {
  const files = importGraph(root, `${folder}/src`);
  return { circles: circles(files), knots: circles(folderGraph(files, `${folder}/src`)), chain: longestChain(files) };
}

function sizes(sources: readonly SourceMetrics[]): (string | number)[] {
  const lines = sources.reduce((sum, source) => sum + source.lines, 0);
  const functions = sources.flatMap((source) => source.functions).map((each) => each.lines);
  return [
    sources.length,
    lines,
    median(sources.map((source) => source.lines)),
    Math.max(...sources.map((source) => source.lines)),
    median(functions),
    Math.max(...functions, 0),
    sources.reduce((sum, source) => sum + source.casts, 0),
    castsPerThousandLines(sources).toFixed(1),
    sources.reduce((sum, source) => sum + source.anys, 0),
  ];
}

const heads = ['package', 'files', 'lines', 'file median', 'max', 'function median', 'max', 'casts', '/1000', 'any'];
const graphHeads = ['widest context', 'circles', 'folder knots', 'longest chain'];
const table = [
  [...heads, ...graphHeads],
  ...rows.map((row) => [
    row.folder.replace('packages/', ''),
    ...sizes(row.sources),
    widest(row.contexts),
    row.circles.length,
    row.knots.length,
    row.chain.length,
  ]),
  [
    'all',
    ...sizes(all),
    widest(rows.flatMap(({ contexts }) => contexts)),
    '',
    '',
    longestChain(repositoryGraph(root, { types: true })).length,
  ],
];
const widths = table[0]?.map((_, column) => Math.max(...table.map((row) => String(row[column]).length))) ?? [];
for (const row of table) console.log(row.map((cell, at) => String(cell).padEnd(widths[at] ?? 0)).join('  '));

const print = (title: string, lines: readonly string[]) =>
  console.log(`\n${title}${lines.length === 0 ? ': none' : `\n  ${lines.join('\n  ')}`}`);
print(
  'Circles of files, types included',
  rows.flatMap((row) => row.circles.map((circle) => circle.join(', '))),
);
print(
  'Knots of folders, types included',
  rows.flatMap((row) => row.knots.map((knot) => `${row.folder}: ${knot.join(', ')}`)),
);
for (const [limit, breaches] of Object.entries(sizeBreaches(measured))) print(limit, breaches);
print('Longest import chain across packages, types included', longestChain(repositoryGraph(root, { types: true })));
print('Longest import chain across packages, by value', longestChain(repositoryGraph(root, { types: false })));
