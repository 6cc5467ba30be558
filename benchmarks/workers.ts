/**
 * `npm run bench:workers [-- --database sqlite --workload by-key,create --rounds 3 --seconds 2 1 2 4]`: requests a second
 * for each number of workers, and how many times those of one. The client takes a share of the processors, so on two of
 * them two workers cannot double it. Needs `wrk`.
 */
import { cpus } from 'node:os';
import { readOptions } from './harness/options.js';
import { withScene } from './harness/scene.js';
import { median } from './harness/statistics.js';
import { workloads } from './harness/workloads.js';
import { runWrk } from './harness/wrk.js';

const measured = ['by-key', 'rows-20', 'login', 'create'];
const options = readOptions(measured, { rounds: 3, seconds: 2 });
const counts = options.positionals.length > 0 ? options.positionals.map(Number) : [1, 2, 4];

console.log(`${cpus().length} processors; requests/s (times those of the first)`);
for (const kind of options.databases) {
  const rates = new Map<string, number[]>();
  for (const count of counts) {
    const env = { PALESTRA_WORKERS: String(count) };
    await withScene(
      kind,
      ['palestra'],
      async ({ contenders: [palestra], ...scene }) => {
        if (!palestra) throw new Error('Palestra was not started.');
        for (const workload of workloads.filter(({ name }) => options.workloads.includes(name))) {
          const load = { ...scene, seconds: options.seconds };
          await runWrk(palestra, workload, { ...load, seconds: 1 });
          const rounds: number[] = [];
          for (let round = 0; round < options.rounds; round++) {
            rounds.push((await runWrk(palestra, workload, load)).rate ?? 0);
          }
          rates.set(workload.name, [...(rates.get(workload.name) ?? []), median(rounds)]);
        }
      },
      { env },
    );
  }
  console.log(`\n| ${kind} | ${counts.map((count) => `${count} workers`).join(' | ')} |`);
  console.log(`|---|${counts.map(() => '--:|').join('')}`);
  for (const [name, row] of rates) {
    const [one = 1] = row;
    console.log(`| ${name} | ${row.map((rate) => `${Math.round(rate)} (${(rate / one).toFixed(2)})`).join(' | ')} |`);
  }
}
