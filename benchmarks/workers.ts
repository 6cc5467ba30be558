/**
 * `npm run bench:workers [-- --database sqlite --workload by-key,create --rounds 3 --seconds 2 --save 1 2 4]`: requests a
 * second for each number of workers, and how many times those of one. The client takes a share of the processors, so on
 * two of them two workers cannot double it. Needs `wrk`.
 */
import { readOptions } from './harness/options.js';
import { comparisonTable, comparisonTitles, databaseTitles, writePage } from './harness/page.js';
import { saveComparison, type Ways } from './harness/results.js';
import { withScene } from './harness/scene.js';
import { median } from './harness/statistics.js';
import { workloads } from './harness/workloads.js';
import { runWrk } from './harness/wrk.js';

const options = readOptions(['by-key', 'rows-20', 'login', 'create'], { rounds: 3, seconds: 2 });
const counts = options.positionals.length > 0 ? options.positionals.map(Number) : [1, 2, 4];
const chosen = workloads.filter(({ name }) => options.workloads.includes(name));
const nameOf = (count: number): string => (count === 1 ? 'one process' : `${count} workers`);

for (const kind of options.databases) {
  const measured: Record<string, { ways: Ways }> = {};
  for (const count of counts) {
    const env = { PALESTRA_WORKERS: String(count) };
    await withScene(
      kind,
      ['palestra'],
      async ({ contenders: [palestra], ...scene }) => {
        if (!palestra) throw new Error('Palestra was not started.');
        for (const workload of chosen) {
          const load = { ...scene, seconds: options.seconds };
          await runWrk(palestra, workload, { ...load, seconds: 1 });
          const rates: number[] = [];
          for (let round = 0; round < options.rounds; round++) {
            rates.push((await runWrk(palestra, workload, load)).rate ?? 0);
          }
          const rate = Math.round(median(rates));
          measured[workload.name] = { ways: { ...measured[workload.name]?.ways, [nameOf(count)]: rate } };
        }
      },
      { env },
    );
  }
  console.log(`\n${databaseTitles[kind]}\n\n${comparisonTable(comparisonTitles.workers, measured)}`);
  if (options.save) writePage(saveComparison('workers', kind, measured));
}
