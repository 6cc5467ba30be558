/** What is measured of a contender, and how it is shown. */
import type { PeerName } from './contender.js';

/** What is measured, each lower or higher the better: `metrics` has units and titles. */
export type Metric = 'cpu' | 'databaseCpu' | 'rate' | 'others' | 'clock' | 'startCpu' | 'startTime' | 'memory';

export type Figures = Partial<Record<Metric, number>>;

export interface Measured {
  readonly value: number;
  /** The median of the rounds' ratios to hand-written Koa; undefined where that was not measured. */
  readonly ratio: number | undefined;
}

export type Row = Partial<Record<Metric, Partial<Record<PeerName, Measured>>>>;

export const metrics: Readonly<Record<Metric, { readonly title: string; readonly digits: number }>> = {
  cpu: { title: 'CPU a request, µs', digits: 1 },
  databaseCpu: { title: 'CPU of the database a request, µs', digits: 1 },
  rate: { title: 'requests/s', digits: 0 },
  others: { title: 'others wait, p99 in ms', digits: 1 },
  clock: { title: 'others wait by the clock, p99 in ms', digits: 1 },
  startTime: { title: 'cold start, ms', digits: 0 },
  startCpu: { title: 'CPU of a cold start, ms', digits: 0 },
  memory: { title: 'memory at rest, MiB', digits: 0 },
};
