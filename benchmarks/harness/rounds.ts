/** Rounds in which the contenders take turns, and the medians that come of them. */

import { setTimeout as sleep } from 'node:timers/promises';
import { requestsOf, runCounted } from './ask.js';
import type { Contender, PeerName } from './contender.js';
import type { Answer } from './http.js';
import type { Figures, Metric, Row } from './metrics.js';
import { probed } from './probe.js';
import { difference } from './same-answer.js';
import { inTurn, median } from './statistics.js';
import { mixture, type Workload, workloads } from './workloads.js';
import { type Load, prepareWrk, runWrk } from './wrk.js';

export interface RoundOptions extends Load {
  readonly rounds: number;
  /** Why a contender sits out. */
  readonly report: (message: string) => void;
}

const reference: PeerName = 'koa';
const leastOfReference = 0.5;

export async function measure(
  contenders: readonly Contender[],
  workload: Workload,
  options: RoundOptions,
): Promise<Row> {
  const able = await thoseWhoCan(contenders, workload, options.report);
  const seconds = workload.warmUpSeconds ?? 1;
  for (const contender of able) await run(contender, workload, { ...options, seconds });
  return inRounds(able, options.rounds, (contender) => run(contender, workload, options));
}

/** As much as fits into the time, or the number that the workload says. */
export function run(contender: Contender, workload: Workload, load: Load): Promise<Figures> {
  return workload.count === undefined
    ? runWrk(contender, workload, load)
    : runCounted(contender, workload, workload.count);
}

const restMs = 2_000;

/** Starts on a database with nothing to migrate, until the first answer; then what stays in memory at rest. */
export function measureStarts(contenders: readonly Contender[], rounds: number): Promise<Row> {
  return inRounds(contenders, rounds, async (contender) => {
    const started = await contender.restart();
    await (await fetch(`${started.url}/livez`)).text();
    const figures = { startTime: performance.now() - started.startedAt, startCpu: started.cpu() / 1000 };
    await sleep(restMs);
    return { ...figures, memory: started.memory() / 2 ** 20 };
  });
}

/** How long a read of one row waits beside sign-ins and long lists. */
export function measureMixed(contenders: readonly Contender[], { rounds, ...load }: RoundOptions): Promise<Row> {
  const parts = workloads.filter(({ name }) => name in mixture);
  const one = workloads.find(({ name }) => name === 'by-key');
  return inRounds(contenders, rounds, async (contender) => {
    const [request] = one ? await requestsOf(contender, one, 1) : [];
    if (!request) throw new Error('There is no workload by-key.');
    const prepared = await Promise.all(
      parts.map((part) => prepareWrk(contender, { ...part, connections: mixture[part.name] ?? 1 }, load)),
    );
    const { wait } = await probed(contender.process, Promise.all(prepared.map((begin) => begin())), request);
    return { ...wait };
  });
}

/** Those who answer what Palestra answers. */
async function thoseWhoCan(
  contenders: readonly Contender[],
  workload: Workload,
  report: RoundOptions['report'],
): Promise<Contender[]> {
  const able: Contender[] = [];
  let expected: Answer | undefined;
  for (const contender of contenders) {
    if (workload.peers?.includes(contender.name) === false) continue;
    const { answer, fault } = await difference(contender, workload, expected);
    if (contender.name === 'palestra') expected = answer;
    if (fault === undefined) able.push(contender);
    else report(`${workload.name} without ${contender.name}: it ${fault}`);
  }
  return able;
}

async function inRounds(
  contenders: readonly Contender[],
  rounds: number,
  run: (contender: Contender) => Promise<Figures>,
): Promise<Row> {
  const figures = new Map<PeerName, Figures[]>(contenders.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const contender of inTurn(contenders, round)) figures.get(contender.name)?.push(await run(contender));
  }
  return rowOf(figures);
}

/** @param figures of the rounds, in the same order for all */
export function rowOf(figures: ReadonlyMap<PeerName, readonly Figures[]>): Row {
  const base = figures.get(reference);
  const row: Row = {};
  for (const [name, own] of figures) {
    for (const metric of Object.keys(own[0] ?? {}) as Metric[]) {
      const values = own.map((round) => round[metric] ?? Number.NaN);
      // What Koa spends next to nothing on has no ratio: the database's CPU of a health check.
      const comparable = base && median(base.map((round) => round[metric] ?? 0)) >= leastOfReference;
      const ratio = comparable && median(values.map((value, round) => value / (base[round]?.[metric] ?? Number.NaN)));
      row[metric] = { ...row[metric], [name]: { value: median(values), ratio: ratio || undefined } };
    }
  }
  return row;
}
