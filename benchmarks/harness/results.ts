/** Results: printed as tables, kept in `results.json`, and written into `docs/benchmarks.md`. */
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { type PeerName, peerNames, peerTitles } from './contenders.js';
import type { DatabaseKind } from './databases.js';
import type { Metric, Row } from './rounds.js';
import { workloads } from './workloads.js';

export const metrics: Readonly<Record<Metric, { readonly title: string; readonly digits: number }>> = {
  cpu: { title: 'CPU a request, µs', digits: 1 },
  databaseCpu: { title: 'CPU of the database a request, µs', digits: 1 },
  rate: { title: 'requests/s', digits: 0 },
  startTime: { title: 'cold start, ms', digits: 0 },
  startCpu: { title: 'CPU of a cold start, ms', digits: 0 },
  memory: { title: 'memory at rest, MiB', digits: 0 },
};

/** By workload; `start` is the row of cold start and memory. */
export type Rows = Partial<Record<string, Row & { readonly date: string }>>;

export interface Results {
  /** How far above its committed ratio a row may be in `npm run bench:check`; 0.15 is 15 %. */
  readonly tolerance: number;
  readonly machine: string;
  readonly rows: Partial<Record<DatabaseKind, Rows>>;
}

const file = fileURLToPath(new URL('../results.json', import.meta.url));
const page = fileURLToPath(new URL('../../docs/benchmarks.md', import.meta.url));

export const databaseTitles: Readonly<Record<DatabaseKind, string>> = { sqlite: 'SQLite', mariadb: 'MariaDB' };

export const readResults = (): Results => JSON.parse(readFileSync(file, 'utf8'));

export const titleOf = (name: string): string =>
  workloads.find((workload) => workload.name === name)?.title ?? 'cold start';

/** Rows measured now take the place of those kept before. */
export function saveResults(kind: DatabaseKind, measured: Readonly<Record<string, Row>>): void {
  const results = readResults();
  const date = new Date().toISOString().slice(0, 10);
  const dated = Object.fromEntries(Object.entries(measured).map(([name, row]) => [name, { date, ...rounded(row) }]));
  const machine = `${cpus().length} × ${cpus()[0]?.model.trim()}, Node ${process.versions.node}`;
  const order = [...workloads.map(({ name }) => name), 'start'];
  const rows = Object.entries({ ...results.rows[kind], ...dated });
  rows.sort(([a], [b]) => order.indexOf(a) - order.indexOf(b));
  const kept = { ...results, machine, rows: { ...results.rows, [kind]: Object.fromEntries(rows) } };
  writeFileSync(file, `${JSON.stringify(kept, undefined, 1)}\n`);
  writePage(kept);
}

const digits = (value: number, count: number): number => Number(value.toFixed(count));

function rounded(row: Row): Row {
  const entries = Object.entries(row).map(([metric, figures]) => [
    metric,
    Object.fromEntries(
      Object.entries(figures).map(([name, { value, ratio }]) => [
        name,
        {
          value: digits(value, metrics[metric as Metric].digits),
          ...(ratio !== undefined && { ratio: digits(ratio, 3) }),
        },
      ]),
    ),
  ]);
  return Object.fromEntries(entries);
}

/** A Markdown table of one metric: two figures as they were measured, then each contender's ratio to Koa. */
export function tableOf(metric: Metric, rows: Readonly<Record<string, Row | undefined>>): string {
  const present = Object.entries(rows).filter(([, row]) => row?.[metric]);
  const names = peerNames.filter((name) => present.some(([, row]) => row?.[metric]?.[name]));
  const { title, digits: count } = metrics[metric];
  const figure = (row: Row | undefined, name: PeerName) => row?.[metric]?.[name]?.value.toFixed(count) ?? '–';
  const ratio = (row: Row | undefined, name: PeerName) => row?.[metric]?.[name]?.ratio?.toFixed(2) ?? '–';
  const lines = present.map(([name, row]) => {
    const figures = shownFigures.map((each) => figure(row, each));
    return [titleOf(name), ...figures, ...names.map((each) => ratio(row, each))];
  });
  const head = [title, ...[...shownFigures, ...names].map((name) => peerTitles[name])];
  const rule = head.map((_, column) => (column === 0 ? '---' : '--:'));
  return [head, rule, ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** In the first columns, as measured. */
const shownFigures: readonly PeerName[] = ['palestra', 'koa'];

export function tablesOf(rows: Readonly<Record<string, Row | undefined>>): string {
  const shown = (Object.keys(metrics) as Metric[]).filter((metric) => Object.values(rows).some((row) => row?.[metric]));
  return shown.map((metric) => tableOf(metric, rows)).join('\n\n');
}

/** What stands between the page's two marks is made of the results. */
function writePage({ machine, rows }: Results): void {
  const text = readFileSync(page, 'utf8');
  const [before = '', after = ''] = text.split(/<!-- results -->.*<!-- end of results -->/s);
  const parts = (Object.entries(rows) as [DatabaseKind, Rows][]).map(([kind, of]) => {
    const dates = [...new Set(Object.values(of).map((row) => row?.date))].sort();
    return `### ${databaseTitles[kind]}\n\nMeasured ${dates.join(' and ')} on ${machine}.\n\n${tablesOf(of)}`;
  });
  writeFileSync(page, `${before}<!-- results -->\n${parts.join('\n\n')}\n<!-- end of results -->${after}`);
}
