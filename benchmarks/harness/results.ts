/** Results, kept in `results.json`; the tables of `docs/benchmarks.md` are made of them. */

import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { DatabaseKind } from './databases.js';
import { syncsPerSecond } from './disk.js';
import { growthWorkloads } from './growth-workloads.js';
import { type Metric, metrics, type Row } from './metrics.js';
import { workloadNames } from './workloads.js';

export interface Dated {
  /** Day of the measurement. */
  readonly date: string;
}

export type ByDatabase<Of> = Partial<Record<DatabaseKind, Readonly<Record<string, Of & Dated>>>>;

/** By number of rows: milliseconds of CPU a request, and the 99th percentile of how long others wait meanwhile. */
export type Growth = Readonly<Record<number, { readonly cpu: number; readonly others: number }>>;

/** Palestra alone in several ways, such as with two workers: a figure for each, and the first is what others are compared with. */
export const comparisons = ['workers', 'tracing'] as const;
export type Comparison = (typeof comparisons)[number];
export type Ways = Readonly<Record<string, number>>;

export interface Results {
  /** How far above its committed ratio a row may be in `npm run bench:check`; 0.15 is 15 %. */
  readonly tolerance: number;
  readonly machine: string;
  /** By name of the workload. */
  readonly rows: ByDatabase<Row>;
  readonly growth: ByDatabase<{ readonly rows: Growth }>;
  readonly comparisons: Readonly<Record<Comparison, ByDatabase<{ readonly ways: Ways }>>>;
}

const file = fileURLToPath(new URL('../results.json', import.meta.url));

export const readResults = (): Results => JSON.parse(readFileSync(file, 'utf8'));

/** Rows measured now take the place of those kept before; `writePage` shows what comes of it. */
export function saveRows(kind: DatabaseKind, measured: Readonly<Record<string, Row>>): Results {
  const results = readResults();
  const short = Object.fromEntries(Object.entries(measured).map(([name, row]) => [name, roundedRow(row)]));
  return save({ ...results, rows: { ...results.rows, [kind]: merged(results.rows[kind], short, workloadNames) } });
}

export function saveGrowth(kind: DatabaseKind, measured: Readonly<Record<string, { readonly rows: Growth }>>): Results {
  const results = readResults();
  const order = growthWorkloads.map(({ name }) => name);
  return save({ ...results, growth: { ...results.growth, [kind]: merged(results.growth[kind], measured, order) } });
}

export function saveComparison(
  name: Comparison,
  kind: DatabaseKind,
  measured: Readonly<Record<string, { readonly ways: Ways }>>,
): Results {
  const results = readResults();
  const kept = results.comparisons[name];
  const ways = { ...kept, [kind]: merged(kept[kind], measured, workloadNames) };
  return save({ ...results, comparisons: { ...results.comparisons, [name]: ways } });
}

/** Measured once a run. */
let syncs: string | undefined;

function save(results: Results): Results {
  syncs ??= syncsPerSecond().toFixed(0);
  const machine = `${cpus().length} × ${cpus()[0]?.model.trim()}, ${syncs} fsyncs/s, Node ${process.versions.node}`;
  const kept = { ...results, machine };
  // Figures of one thing share a line.
  const text = JSON.stringify(kept, undefined, 1).replaceAll(
    /\{\s*("[^"{}]*": [\d.]+(?:,\s*"[^"{}]*": [\d.]+)*)\s*\}/g,
    (_, inner: string) => `{ ${inner.replaceAll(/\s+/g, ' ')} }`,
  );
  writeFileSync(file, `${text}\n`);
  return kept;
}

function merged<Of>(
  known: Readonly<Record<string, Of & Dated>> | undefined,
  measured: Readonly<Record<string, Of>>,
  order: readonly string[],
): Record<string, Of & Dated> {
  const date = new Date().toISOString().slice(0, 10);
  const dated = Object.fromEntries(Object.entries(measured).map(([name, row]) => [name, { date, ...row }]));
  const all = Object.entries({ ...known, ...dated });
  return Object.fromEntries(all.sort(([a], [b]) => order.indexOf(a) - order.indexOf(b)));
}

function roundedRow(row: Row): Row {
  const figures = (metric: Metric) =>
    Object.entries(row[metric] ?? {}).map(([name, { value, ratio }]) => {
      const short = { value: rounded(value, metrics[metric].digits) };
      return [name, ratio === undefined ? short : { ...short, ratio: rounded(ratio, 3) }];
    });
  const named = (Object.keys(row) as Metric[]).map((metric) => [metric, Object.fromEntries(figures(metric))]);
  return Object.fromEntries(named);
}

export const rounded = (value: number, digits: number): number => Number(value.toFixed(digits));
