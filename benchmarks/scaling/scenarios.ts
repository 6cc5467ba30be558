/** The questions of docs/scaling.md, each a table that the simulation fills. */
import type { Figures } from './figures.js';
import { type Load, type Machines, type Outcome, simulate } from './model.js';
import type { OperationName } from './operations.js';

export interface Scenario {
  /** Names the table in the document. */
  readonly name: string;
  readonly columns: readonly string[];
  rows(figures: Figures, seed: number): readonly (readonly string[])[];
}

/** One zone of a data centre, a database of 16 processors on an SSD of its own: assumed, since one machine cannot show it. */
export const zone: Machines = { instances: 1, databaseCores: 16, roundTripMs: 0.3, flushMs: 0.5 };
/** Three zones, each with a node. */
const galera = { groupMs: 1.5 } as const;
/** Beyond it people notice. */
const mostP99Ms = 250;
const mostFailed = 0.001;

const whole = (value: number): string => Math.round(value).toLocaleString('en');
const ms = (value: number): string =>
  Number.isFinite(value) ? `${value < 100 ? value.toFixed(1) : whole(value)} ms` : '–';
const percent = (share: number): string => `${(share * 100).toFixed(share < 0.1 && share > 0 ? 1 : 0)} %`;

type Rates = Load['rates'];
type Simulate = (rates: Rates) => Outcome;

const bearable = ({ p99, failedShare }: Outcome): boolean => p99 <= mostP99Ms && failedShare <= mostFailed;

/** The highest rate of one operation that is answered in time; found within 3 %. */
export function capacity(operation: OperationName, run: Simulate, most: number): { rate: number; outcome: Outcome } {
  let low = 0;
  let high = most;
  let best = run({ [operation]: most / 100 });
  while (high - low > Math.max(1, 0.03 * high)) {
    const rate = (low + high) / 2;
    const outcome = run({ [operation]: rate });
    if (bearable(outcome)) {
      low = rate;
      best = outcome;
    } else high = rate;
  }
  return { rate: low, outcome: best };
}

/** What is in use most of the time, so what more of would help. */
function fullest({ busy }: Outcome): string {
  const names = {
    server: 'processor of the instances',
    connections: 'connections',
    database: 'processors of the database',
    audit: "head of the audit's chain",
    merchandise: 'stock of the merchandise',
  } as const;
  const [name, share] = Object.entries(busy).reduce((a, b) => (b[1] > a[1] ? b : a));
  return `${names[name as keyof typeof names]}, ${percent(share)}`;
}

const instances: Scenario = {
  name: 'instances',
  columns: ['instances', 'admissions/s', 'fullest', 'purchases/s', 'fullest'],
  rows: (figures, seed) =>
    [1, 2, 4, 8, 16, 32].map((count) => {
      const machines = { ...zone, instances: count };
      const run = (rates: Rates) => simulate(figures, machines, { rates, seconds: 4, seed });
      const admit = capacity('admit', run, 1_000 * count);
      const perform = capacity('perform', run, 1_000 * count);
      return [whole(count), whole(admit.rate), fullest(admit.outcome), whole(perform.rate), fullest(perform.outcome)];
    }),
};

const chains: Scenario = {
  name: 'chains',
  columns: ['chains of the audit', 'admissions/s', 'fullest'],
  rows: (figures, seed) =>
    [1, 2, 4, 10].map((count) => {
      const run = (rates: Rates) => simulate(figures, { ...zone, chains: count }, { rates, seconds: 4, seed });
      const { rate, outcome } = capacity('admit', run, 4_000);
      return [whole(count), whole(rate), fullest(outcome)];
    }),
};

const distance: Scenario = {
  name: 'distance',
  columns: ['round trip to the database', 'admissions/s of one instance', 'p50 at half of that'],
  rows: (figures, seed) =>
    [0.1, 0.3, 1, 3, 10].map((roundTripMs) => {
      const run = (rates: Rates) => simulate(figures, { ...zone, roundTripMs }, { rates, seconds: 8, seed });
      const { rate } = capacity('admit', run, 2_000);
      return [`${roundTripMs} ms`, whole(rate), ms(run({ admit: rate / 2 }).p50)];
    }),
};

const sale: Scenario = {
  name: 'sale',
  columns: ['arrive', 'on how many merchandises', 'answered', 'p50', 'p99', 'refused with 503', 'stock row in use'],
  rows: (figures, seed) =>
    [
      [50, 1],
      [100, 1],
      [200, 1],
      [500, 1],
      [500, 10],
      [500, 100],
    ].map(([rate = 0, merchandise = 1]) => {
      const load = { rates: { perform: rate }, merchandise, seconds: 20, seed };
      const { answered, p50, p99, failedShare, busy } = simulate(figures, { ...zone, instances: 4 }, load);
      return [
        `${rate}/s`,
        whole(merchandise),
        `${whole(answered)}/s`,
        ms(p50),
        ms(p99),
        percent(failedShare),
        percent(busy.merchandise),
      ];
    }),
};

const writers: Scenario = {
  name: 'writers',
  columns: ['rows', 'arrive', 'written through', 'answered', 'p99', 'tried again, a call', 'refused with 503'],
  rows: (figures, seed) =>
    [
      { title: 'one pass', rates: { admit: 50 }, passes: 1 },
      { title: 'one pass', rates: { admit: 150 }, passes: 1 },
      { title: 'one merchandise', rates: { perform: 50 }, merchandise: 1 },
      { title: 'all different', rates: { admit: 300 } },
    ].flatMap(({ title, ...load }) =>
      [1, 3].map((count) => {
        const machines = { ...zone, ...galera, instances: 3, writers: count };
        const { answered, p99, retriesPerCall, failedShare } = simulate(figures, machines, {
          ...load,
          seconds: 20,
          seed,
        });
        const [rate = 0] = Object.values(load.rates);
        return [
          title,
          `${rate}/s`,
          count === 1 ? 'one node' : 'three nodes',
          `${whole(answered)}/s`,
          ms(p99),
          retriesPerCall.toFixed(2),
          percent(failedShare),
        ];
      }),
    ),
};

export const scenarios: readonly Scenario[] = [instances, chains, distance, sale, writers];
