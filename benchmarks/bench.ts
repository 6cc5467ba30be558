/**
 * `npm run bench [-- --peer koa,fastify --workload by-key --database sqlite --rounds 5 --seconds 2 --save]`: Palestra
 * with its production defaults beside the limit and its peers. All of it takes half an hour; `--save` keeps what was
 * measured in `results.json` and in `docs/benchmarks.md`. Needs `wrk`.
 */

import { installPeers } from './harness/install.js';
import type { Row } from './harness/metrics.js';
import { readOptions } from './harness/options.js';
import { databaseTitles, tablesOf, titleOf, writePage } from './harness/page.js';
import { saveRows } from './harness/results.js';
import { measure, measureMixed, measureStarts } from './harness/rounds.js';
import { withScene } from './harness/scene.js';
import { mixed, start, workloadNames, workloads } from './harness/workloads.js';

const options = readOptions(workloadNames, { rounds: 5, seconds: 2 });
const report = (message: string) => console.error(message);

installPeers();
for (const kind of options.databases) {
  const measured: Record<string, Row> = {};
  const keep = (name: string, row: Row) => {
    measured[name] = row;
    report(`${kind}, ${titleOf(name)}: ${summary(row)}`);
    if (options.save) writePage(saveRows(kind, { [name]: row }));
  };
  await withScene(kind, options.peers, async ({ contenders, ...scene }) => {
    for (const workload of workloads.filter(({ name }) => options.workloads.includes(name))) {
      keep(workload.name, await measure(contenders, workload, { ...options, ...scene, report }));
    }
    if (options.workloads.includes(mixed)) {
      keep(mixed, await measureMixed(contenders, { ...options, ...scene, report }));
    }
    if (options.workloads.includes(start)) keep(start, await measureStarts(contenders, options.rounds + 2));
  });
  console.log(`\n${databaseTitles[kind]}\n\n${tablesOf(measured)}`);
}

/** One line, while others are still to come. */
function summary({ cpu, others, startTime = {} }: Row): string {
  return Object.entries(cpu ?? others ?? startTime)
    .map(([name, { value, ratio }]) => `${name} ${value.toFixed(1)} (${ratio?.toFixed(2) ?? '–'})`)
    .join(', ');
}
