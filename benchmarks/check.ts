/**
 * `npm run bench:check`: whether a request costs more CPU, beside hand-written Koa in the same run, than `results.json`
 * says. A row beyond the tolerance is measured again, longer, before it counts; ends with 1 if one does.
 */

import type { DatabaseKind } from './harness/databases.js';
import { installPeers } from './harness/install.js';
import type { Metric, Row } from './harness/metrics.js';
import { readOptions } from './harness/options.js';
import { titleOf } from './harness/page.js';
import { readResults } from './harness/results.js';
import { measure, measureStarts } from './harness/rounds.js';
import { withScene } from './harness/scene.js';
import { start, workloadNames, workloads } from './harness/workloads.js';

const options = readOptions(workloadNames, { rounds: 3, seconds: 1 });
const { tolerance, rows: kept } = readResults();
const longer = 3;

/** Of `start` the memory is as much a promise as the time. */
const compared: Readonly<Record<string, readonly Metric[]>> = { [start]: ['startCpu', 'memory'] };

type Measure = (rounds: number) => Promise<Row>;

async function holds(kind: DatabaseKind, name: string, run: Measure): Promise<boolean> {
  const committed = kept[kind]?.[name];
  const worst = (row: Row) =>
    (compared[name] ?? ['cpu']).map((metric) => {
      const [ratio, limit] = [row[metric]?.palestra?.ratio, committed?.[metric]?.palestra?.ratio];
      return { metric, ratio: ratio ?? Number.NaN, limit: (limit ?? Number.NaN) * (1 + tolerance) };
    });
  const above = (row: Row) => worst(row).some(({ ratio, limit }) => !(ratio <= limit));
  let row = await run(options.rounds);
  if (above(row)) row = await run(options.rounds * longer);
  for (const { metric, ratio, limit } of worst(row)) {
    const verdict = ratio <= limit ? 'ok  ' : 'FAIL';
    console.log(`${verdict} ${kind}, ${titleOf(name)}, ${metric}: ${ratio.toFixed(2)}, at most ${limit.toFixed(2)}`);
  }
  return !above(row);
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
    const restart: Measure = (rounds) => measureStarts(contenders, rounds);
    if (known.includes(start) && !(await holds(kind, start, restart))) faults.push(`${kind} ${start}`);
  });
}
if (faults.length > 0) {
  console.log(`More than ${tolerance * 100} % above results.json: ${faults.join(', ')}. See npm run profile.`);
  process.exitCode = 1;
}
