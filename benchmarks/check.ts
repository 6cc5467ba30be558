/**
 * `npm run bench:check`: whether a request costs more CPU, beside hand-written Koa in the same run, than `results.json`
 * says, and whether others wait longer beside sign-ins and long lists than they may. A row beyond its limit is measured
 * again, longer, before it counts; ends with 1 if one does.
 */

import type { DatabaseKind } from './harness/databases.js';
import { installPeers } from './harness/install.js';
import type { Metric, Row } from './harness/metrics.js';
import { readOptions } from './harness/options.js';
import { titleOf } from './harness/page.js';
import { readResults } from './harness/results.js';
import { measure, measureMixed, measureStarts } from './harness/rounds.js';
import { withScene } from './harness/scene.js';
import { mixed, start, workloadNames, workloads } from './harness/workloads.js';

const options = readOptions(workloadNames, { rounds: 3, seconds: 1 });
const { tolerance, rows: kept } = readResults();
const longer = 3;

/** A ratio may also be so much above the one kept: of a request that costs next to nothing, 15 % are noise. */
const leastTolerance = 0.05;
/**
 * Milliseconds that the main thread computes before a small request is answered, 99 of 100 times at most, beside sign-ins
 * and long lists: 7 to 14 a turn of the event loop, of which a request takes two or three on a busy machine.
 */
const mostOthers = 30;

/** Of `start` the memory is as much a promise as the time. */
const compared: Readonly<Record<string, readonly Metric[]>> = { [start]: ['startCpu', 'memory'] };

type Measure = (rounds: number) => Promise<Row>;

interface Bound {
  readonly metric: Metric;
  /** NaN where it was not measured, which is a fault. */
  readonly figure: (row: Row) => number;
  readonly most: number;
}

function boundsOf(name: string, committed: Row | undefined): Bound[] {
  if (name === mixed) {
    return [{ metric: 'others', figure: ({ others }) => others?.palestra?.value ?? Number.NaN, most: mostOthers }];
  }
  return (compared[name] ?? ['cpu']).map((metric) => {
    const limit = committed?.[metric]?.palestra?.ratio ?? Number.NaN;
    const figure = (row: Row) => row[metric]?.palestra?.ratio ?? Number.NaN;
    return { metric, figure, most: Math.max(limit * (1 + tolerance), limit + leastTolerance) };
  });
}

async function holds(kind: DatabaseKind, name: string, run: Measure): Promise<boolean> {
  const bounds = boundsOf(name, kept[kind]?.[name]);
  const fits = (row: Row) => bounds.every(({ figure, most }) => figure(row) <= most);
  let row = await run(options.rounds);
  if (!fits(row)) row = await run(options.rounds * longer);
  for (const { metric, figure, most } of bounds) {
    const verdict = figure(row) <= most ? 'ok  ' : 'FAIL';
    console.log(
      `${verdict} ${kind}, ${titleOf(name)}, ${metric}: ${figure(row).toFixed(2)}, at most ${most.toFixed(2)}`,
    );
  }
  return fits(row);
}

installPeers();
const faults: string[] = [];
for (const kind of options.databases) {
  const known = Object.keys(kept[kind] ?? {}).filter((name) => options.workloads.includes(name));
  await withScene(kind, ['palestra', 'koa'], async ({ contenders, ...scene }) => {
    for (const workload of workloads.filter(({ name }) => known.includes(name))) {
      const run: Measure = (rounds) =>
        measure(contenders, workload, { ...options, ...scene, rounds, report: console.error });
      if (!(await holds(kind, workload.name, run))) faults.push(`${kind} ${workload.name}`);
    }
    const beside: Measure = (rounds) =>
      measureMixed(contenders, { ...options, ...scene, rounds, report: console.error });
    if (known.includes(mixed) && !(await holds(kind, mixed, beside))) faults.push(`${kind} ${mixed}`);
    const restart: Measure = (rounds) => measureStarts(contenders, rounds);
    if (known.includes(start) && !(await holds(kind, start, restart))) faults.push(`${kind} ${start}`);
  });
}
if (faults.length > 0) {
  console.log(
    `Above the limit, which is results.json and ${tolerance * 100} %: ${faults.join(', ')}. See npm run profile.`,
  );
  process.exitCode = 1;
}
