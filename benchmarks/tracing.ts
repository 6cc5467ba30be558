/**
 * `npm run bench:tracing [-- --database sqlite --workload by-key,create --rounds 5 --seconds 2 --save]`: what tracing costs a
 * request, in CPU: without an SDK of OpenTelemetry, with one that samples nothing, and with one that records every span.
 * Needs `wrk`.
 */
import { fileURLToPath } from 'node:url';
import type { Contender } from './harness/contender.js';
import { readOptions } from './harness/options.js';
import { comparisonTable, comparisonTitles, databaseTitles, writePage } from './harness/page.js';
import { rounded, saveComparison, type Ways } from './harness/results.js';
import { withScene } from './harness/scene.js';
import { inTurn, median } from './harness/statistics.js';
import { type Workload, workloads } from './harness/workloads.js';
import { type Load, runWrk } from './harness/wrk.js';

const options = readOptions(['by-key', 'rows-20', 'create'], { rounds: 5, seconds: 2 });
const chosen = workloads.filter(({ name }) => options.workloads.includes(name));

const sdk = fileURLToPath(new URL('./harness/tracing.mjs', import.meta.url));
const variants = [
  { name: 'no SDK', nodeArgs: [] },
  { name: 'an SDK, nothing sampled', nodeArgs: ['--import', sdk], env: { BENCHMARK_SAMPLED: '0' } },
  { name: 'an SDK, all recorded', nodeArgs: ['--import', sdk], env: { BENCHMARK_SAMPLED: '1' } },
] as const;

type Traced = readonly [name: string, palestra: Contender];

/** The variants take turns in each round. */
async function measure(all: readonly Traced[], workload: Workload, load: Load): Promise<Ways> {
  const figures = new Map<string, number[]>(all.map(([name]) => [name, []]));
  for (const [, palestra] of all) await runWrk(palestra, workload, { ...load, seconds: 1 });
  for (let round = 0; round < options.rounds; round++) {
    for (const [name, palestra] of inTurn(all, round)) {
      figures.get(name)?.push((await runWrk(palestra, workload, load)).cpu ?? Number.NaN);
    }
  }
  return Object.fromEntries(all.map(([name]) => [name, rounded(median(figures.get(name) ?? []), 1)]));
}

for (const kind of options.databases) {
  const measured: Record<string, { ways: Ways }> = {};
  const within = (started: readonly Traced[]): Promise<void> => {
    const { name, ...start } = variants[started.length] ?? { name: '', nodeArgs: [] };
    return withScene(
      kind,
      ['palestra'],
      async ({ contenders: [palestra], ...scene }) => {
        if (!palestra) throw new Error('Palestra was not started.');
        const all = [...started, [name, palestra] as const];
        if (all.length < variants.length) return within(all);
        for (const workload of chosen) {
          measured[workload.name] = { ways: await measure(all, workload, { ...scene, seconds: options.seconds }) };
        }
      },
      start,
    );
  };
  await within([]);
  console.log(`\n${databaseTitles[kind]}\n\n${comparisonTable(comparisonTitles.tracing, measured)}`);
  if (options.save) writePage(saveComparison('tracing', kind, measured));
}
