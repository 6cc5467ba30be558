/** `npm run structure [checkout]`: circles, chains, sizes, casts and `any` of the packages, generated files left out. */
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { circles, folderGraph, importGraph, longestChain, repositoryGraph } from './import-graph.js';
import { measureSource, median, type SourceMetrics } from './source-metrics.js';
import { filesBelow, packages, repository } from './workspace.js';

const limits = { file: 300, function: 80 };

const root = resolve(process.argv[2] ?? repository);
if (!existsSync(join(root, 'packages'))) {
  console.error(`There is no checkout in ${root}.`);
  process.exit(1);
}

const written = (folder: string) =>
  filesBelow(root, `${folder}/src`)
    .filter((path) => path.endsWith('.ts') && !/\.generated\.ts$|\/generated\//.test(path))
    .map((path) => measureSource(path, readFileSync(join(root, path), 'utf8')));

const rows = packages(root).map((folder) => ({ folder, sources: written(folder), ...graphsOf(folder) }));
const all = rows.flatMap(({ sources }) => sources);

function graphsOf(folder: string) {
  const files = importGraph(root, `${folder}/src`);
  return { circles: circles(files), knots: circles(folderGraph(files, `${folder}/src`)), chain: longestChain(files) };
}

function sizes(sources: readonly SourceMetrics[]): (string | number)[] {
  const lines = sources.reduce((sum, source) => sum + source.lines, 0);
  const functions = sources.flatMap((source) => source.functions).map((each) => each.lines);
  const casts = sources.reduce((sum, source) => sum + source.casts, 0);
  return [
    sources.length,
    lines,
    median(sources.map((source) => source.lines)),
    Math.max(...sources.map((source) => source.lines)),
    median(functions),
    Math.max(...functions, 0),
    casts,
    ((casts * 1000) / lines).toFixed(1),
    sources.reduce((sum, source) => sum + source.anys, 0),
  ];
}

const heads = ['package', 'files', 'lines', 'file median', 'max', 'function median', 'max', 'casts', '/1000', 'any'];
const graphHeads = ['circles', 'folder knots', 'longest chain'];
const table = [
  [...heads, ...graphHeads],
  ...rows.map((row) => [
    row.folder.replace('packages/', ''),
    ...sizes(row.sources),
    row.circles.length,
    row.knots.length,
    row.chain.length,
  ]),
  ['all', ...sizes(all), '', '', longestChain(repositoryGraph(root, { types: true })).length],
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
print(
  `Files above ${limits.file} lines`,
  all.filter(({ lines }) => lines > limits.file).map(({ path, lines }) => `${path}: ${lines}`),
);
print(
  `Functions above ${limits.function} lines`,
  all.flatMap(({ path, functions }) =>
    functions
      .filter(({ lines }) => lines > limits.function)
      .map(({ name, line, lines }) => `${path}:${line} ${name}: ${lines}`),
  ),
);
print('Longest import chain across packages, types included', longestChain(repositoryGraph(root, { types: true })));
print('Longest import chain across packages, by value', longestChain(repositoryGraph(root, { types: false })));
