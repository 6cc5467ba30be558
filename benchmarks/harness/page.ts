/** Markdown tables of the results, on the console and in `docs/benchmarks.md`. */

import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type PeerName, peerNames, peerTitles } from './contender.js';
import type { DatabaseKind } from './databases.js';
import { growthWorkloads } from './growth-workloads.js';
import type { Metric, Row } from './metrics.js';
import { metrics } from './metrics.js';
import type { ByDatabase, Comparison, Dated, Growth, Results, Ways } from './results.js';
import { mixed, workloads } from './workloads.js';

const file = fileURLToPath(new URL('../../docs/benchmarks.md', import.meta.url));

export const databaseTitles: Readonly<Record<DatabaseKind, string>> = { sqlite: 'SQLite', mariadb: 'MariaDB' };

export const comparisonTitles: Readonly<Record<Comparison, string>> = {
  workers: 'requests/s',
  tracing: 'CPU a request, µs',
};

export const titleOf = (name: string): string =>
  [...workloads, ...growthWorkloads].find((workload) => workload.name === name)?.title ??
  (name === mixed ? 'sign-ins and lists of 10,000' : 'cold start');

/** In the first columns, as measured. */
const shownFigures: readonly PeerName[] = ['palestra', 'koa'];

type Rows = Readonly<Record<string, Row>>;

/** A table a metric: two figures as they were measured, then each contender's ratio to Koa. */
export function tablesOf(rows: Rows): string {
  const shown = (Object.keys(metrics) as Metric[]).filter((metric) => Object.values(rows).some((row) => row[metric]));
  return shown.map((metric) => tableOf(metric, rows)).join('\n\n');
}

function tableOf(metric: Metric, rows: Rows): string {
  const present = Object.entries(rows).filter(([, row]) => row[metric]);
  const names = peerNames.filter((name) => present.some(([, row]) => row[metric]?.[name]));
  const { title, digits } = metrics[metric];
  const lines = present.map(([name, row]) => [
    titleOf(name),
    ...shownFigures.map((each) => row[metric]?.[each]?.value.toFixed(digits) ?? '–'),
    ...names.map((each) => row[metric]?.[each]?.ratio?.toFixed(2) ?? '–'),
  ]);
  return markdown([title, ...[...shownFigures, ...names].map((name) => peerTitles[name])], lines);
}

/** CPU for each number of rows, how many times that of the fewest the most cost, and how long others wait with both. */
export function growthTable(rows: Readonly<Record<string, { readonly rows: Growth }>>): string {
  const counts = [...new Set(Object.values(rows).flatMap((row) => Object.keys(row.rows).map(Number)))];
  counts.sort((a, b) => a - b);
  const titles = counts.map((count) => `${count.toLocaleString('en')} rows`);
  const head = [...titles, 'growth', ...titles.map((title) => `others wait, p99, ${title}`)];
  const lines = Object.entries(rows).map(([name, { rows: growth }]) => {
    const costs = counts.map((count) => growth[count]?.cpu);
    const times = (costs.at(-1) ?? Number.NaN) / (costs[0] ?? Number.NaN);
    return [
      titleOf(name),
      ...costs.map((cpu) => cpu?.toFixed(2) ?? '–'),
      times.toFixed(1),
      ...counts.map((count) => `${growth[count]?.others.toFixed(0) ?? '–'} ms`),
    ];
  });
  return markdown(['CPU a request, ms', ...head], lines);
}

/** Each way's figure, and in brackets how many times that of the first it is. */
export function comparisonTable(title: string, rows: Readonly<Record<string, { readonly ways: Ways }>>): string {
  const names = [...new Set(Object.values(rows).flatMap(({ ways }) => Object.keys(ways)))];
  const lines = Object.entries(rows).map(([name, { ways }]) => {
    const first = ways[names[0] ?? ''] ?? Number.NaN;
    return [titleOf(name), ...names.map((way) => shownWay(ways[way], first))];
  });
  return markdown([title, ...names], lines);
}

function shownWay(figure: number | undefined, first: number): string {
  if (figure === undefined) return '–';
  return figure === first ? String(figure) : `${figure} (${(figure / first).toFixed(2)})`;
}

function markdown(head: readonly string[], lines: readonly (readonly string[])[]): string {
  const rule = head.map((_, column) => (column === 0 ? '---' : '--:'));
  return [head, rule, ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

export const readPage = (): string => readFileSync(file, 'utf8');

export function writePage(results: Results): void {
  writeFileSync(file, pageOf(results, readPage()));
}

/** The page with the tables of these results between its marks. */
export function pageOf({ machine, rows, growth, comparisons }: Results, page: string): string {
  const section = <Of>(of: ByDatabase<Of>, table: (rows: Readonly<Record<string, Of & Dated>>) => string) =>
    (Object.keys(databaseTitles) as DatabaseKind[])
      .filter((kind) => of[kind])
      .map((kind) => {
        const measured = of[kind] ?? {};
        const dates = [...new Set(Object.values(measured).map(({ date }) => date))].sort();
        return `### ${databaseTitles[kind]}\n\nMeasured on ${dates.join(' and ')}; ${machine}.\n\n${table(measured)}`;
      })
      .join('\n\n');
  const sections = {
    results: section(rows, tablesOf),
    growth: section(growth, growthTable),
    workers: section(comparisons.workers, (of) => comparisonTable(comparisonTitles.workers, of)),
    tracing: section(comparisons.tracing, (of) => comparisonTable(comparisonTitles.tracing, of)),
  };
  let text = page;
  for (const [name, content] of Object.entries(sections)) {
    const marks = new RegExp(`<!-- ${name} -->.*<!-- end of ${name} -->`, 's');
    text = text.replace(marks, () => `<!-- ${name} -->\n${content}\n<!-- end of ${name} -->`);
  }
  return text;
}
