/**
 * `npm run profile -- by-key [--database mariadb] [--peer koa] [--seconds 5]`: where a workload's time goes. Writes a
 * flame graph and the V8 profile to `benchmarks/profiles`, and prints the functions and parts that take most of it.
 * `start` profiles a start.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { analyze, type CpuProfile, flamePage, layerOf, type Self } from './harness/flame.js';
import { installPeers } from './harness/install.js';
import { readOptions } from './harness/options.js';
import { run } from './harness/rounds.js';
import { type Scene, withScene } from './harness/scene.js';
import { start, workloads } from './harness/workloads.js';

const folder = fileURLToPath(new URL('./profiles', import.meta.url));
const profiler = fileURLToPath(new URL('./harness/profiler.mjs', import.meta.url));
const names = [...workloads.map(({ name }) => name), start];
const options = readOptions(names, { rounds: 1, seconds: 5 });
const [name = ''] = options.positionals;
if (!names.includes(name)) throw new Error(`npm run profile -- <workload>: one of ${names.join(', ')}.`);
const [database = 'sqlite'] = options.databases;
const peer = options.peers[0] ?? 'palestra';
const title = `${name}-${peer}-${database}`;
const file = `${folder}/${title}.cpuprofile`;

async function record({ contenders: [contender], ...scene }: Scene): Promise<void> {
  if (!contender) return;
  if (name === start) {
    const started = await contender.restart();
    await (await fetch(`${started.url}/livez`)).text();
  } else {
    const workload = workloads.find((each) => each.name === name);
    if (!workload) return;
    await run(contender, workload, { ...scene, seconds: 2 });
    process.kill(contender.process.pid, 'SIGUSR2');
    const { cpu = 0, rate = 0 } = await run(contender, workload, { ...scene, seconds: options.seconds });
    console.log(`${title}: ${cpu.toFixed(1)} µs a request under the profiler, ${rate.toFixed(0)} requests/s`);
  }
  process.kill(contender.process.pid, 'SIGUSR2');
  while (!existsSync(file)) await sleep(50);
}

function report(selves: readonly Self[]): void {
  const total = selves.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  const table = (by: (self: Self) => string, shown: number) => {
    const sums = new Map<string, number>();
    for (const self of selves) sums.set(by(self), (sums.get(by(self)) ?? 0) + self.milliseconds);
    const sorted = [...sums].sort(([, a], [, b]) => b - a).slice(0, shown);
    return sorted.map(([of, milliseconds]) => `${((100 * milliseconds) / total).toFixed(1).padStart(5)} %  ${of}`);
  };
  console.log(['\nown time by layer', ...table(({ part }) => layerOf(part), 10)].join('\n'));
  console.log(['\nby package and folder', ...table(({ part }) => part, 20)].join('\n'));
  console.log(['\nby function', ...table((self) => self.name, 40)].join('\n'));
}

installPeers();
mkdirSync(folder, { recursive: true });
rmSync(file, { force: true });
const env = { PROFILE_FILE: file, ...(name === start && { PROFILE_FROM_START: 'on' }) };
const started = { nodeArgs: ['--import', profiler], env };
await withScene(database, [peer], record, started);
const { root, selves } = analyze(JSON.parse(readFileSync(file, 'utf8')) as CpuProfile);
writeFileSync(`${folder}/${title}.html`, await flamePage(title, root));
report(selves);
console.log(`\nflame graph: ${folder}/${title}.html`);
