/** The metrics that plugins have of their own: kept here, and read by the page. */
import type { Metric } from 'prom-client';
import { withTimeout } from '../async/with-timeout.js';
import type { Counter, Gauge, Histogram, MetricFacts, Observe, PluginMetrics } from '../plugin/metrics.js';
import { Buckets, defaultBounds } from './histogram.js';
import { hostMetrics } from './names.js';
import { type MetricType, registrable, type Sample, Series } from './series.js';

type InstrumentType = MetricType | 'observable gauge';

interface Kept {
  readonly plugin: string;
  readonly kind: InstrumentType;
  /** Its labels and bounds as text: the same metric has the same. */
  readonly shape: string;
  readonly instrument: unknown;
  readonly metric: Metric<string>;
}

/** What reads an observable gauge; replaced where the host boots again. */
interface Reader {
  read(observe: Observe<string>): void | Promise<void>;
}

/** Milliseconds that a scrape waits for an observable gauge. */
const readWithin = 1_000;

type Labelled = readonly [labels?: Readonly<Record<string, string>>];

/** What a plugin gets where metrics are off. */
export const noMetrics: PluginMetrics = {
  counter: () => ({ increment() {}, add() {} }),
  gauge: () => ({ set() {} }),
  observableGauge: () => {},
  histogram: () => ({ observe() {} }),
};

export class PluginMetricSet {
  readonly #kept = new Map<string, Kept>();

  /** By name, in the order in which they were asked for. */
  get metrics(): [name: string, metric: Metric<string>][] {
    return [...this.#kept].map(([name, { metric }]) => [name, metric]);
  }

  for(plugin: string): PluginMetrics {
    return {
      counter: <Label extends string>(facts: MetricFacts<Label>) =>
        this.#keep<Counter<Label>>(plugin, 'counter', facts, () => {
          const series = new Series(facts.labels ?? [], () => 0);
          const add = (amount: number, ...[labels = {}]: Labelled) => {
            if (!(amount >= 0)) throw new RangeError(`The counter ${facts.name} cannot go back by ${amount}.`);
            series.at(labels).value += amount;
          };
          return {
            instrument: { add, increment: (...labels) => add(1, ...labels) },
            samples: (metricName) => series.entries().map((entry) => ({ metricName, ...entry })),
          };
        }),
      gauge: <Label extends string>(facts: MetricFacts<Label>) =>
        this.#keep<Gauge<Label>>(plugin, 'gauge', facts, () => {
          const series = new Series(facts.labels ?? [], () => 0);
          const set = (value: number, ...[labels = {}]: Labelled) => {
            series.at(labels).value = value;
          };
          return {
            instrument: { set },
            samples: (metricName) => series.entries().map((entry) => ({ metricName, ...entry })),
          };
        }),
      observableGauge: <Label extends string>(
        facts: MetricFacts<Label>,
        read: (observe: Observe<Label>) => void | Promise<void>,
      ) => {
        const reader = this.#keep<Reader>(plugin, 'observable gauge', facts, () => {
          const instrument: Reader = { read: () => {} };
          return { instrument, samples: (name) => observed(name, facts.labels ?? [], instrument) };
        });
        reader.read = read as Reader['read'];
      },
      histogram: <Label extends string>(facts: MetricFacts<Label> & { readonly buckets?: readonly number[] }) =>
        this.#keep<Histogram<Label>>(plugin, 'histogram', facts, () => {
          const series = new Series(facts.labels ?? [], () => new Buckets(facts.buckets ?? defaultBounds));
          const observe = (value: number, ...[labels = {}]: Labelled) => series.at(labels).value.observe(value);
          return {
            instrument: { observe },
            samples: (name) => series.entries().flatMap(({ labels, value }) => value.samples(name, labels)),
          };
        }),
    };
  }

  #keep<Instrument>(
    plugin: string,
    kind: InstrumentType,
    facts: MetricFacts<string> & { readonly buckets?: readonly number[] },
    create: () => { readonly instrument: Instrument; samples(name: string): Sample[] | Promise<Sample[]> },
  ): Instrument {
    const type = kind === 'observable gauge' ? 'gauge' : kind;
    assertNames(plugin, type, facts);
    const name = `palestra_${plugin.replaceAll('-', '_')}_${facts.name}`;
    if (hostMetrics.has(name)) throw taken(plugin, name, 'the host');
    const shape = JSON.stringify([facts.labels ?? [], facts.buckets ?? null]);
    const known = this.#kept.get(name);
    if (known) {
      if (known.plugin === plugin && known.kind === kind && known.shape === shape)
        return known.instrument as Instrument;
      throw taken(plugin, name, `plugin ${known.plugin}`);
    }
    const { instrument, samples } = create();
    const metric = registrable(name, facts.help, type, () => samples(name));
    this.#kept.set(name, { plugin, kind, shape, instrument, metric });
    return instrument;
  }
}

/** Empty where it cannot be read: the page tells of the rest. */
async function observed(metricName: string, labels: readonly string[], reader: Reader): Promise<Sample[]> {
  let series: Series<number> | undefined;
  const observe = (value: number, ...[given = {}]: Labelled) => {
    series ??= new Series(labels, () => 0);
    series.at(given).value = value;
  };
  try {
    await withTimeout(readWithin, () => reader.read(observe));
  } catch {
    return [];
  }
  return series?.entries().map((entry) => ({ metricName, ...entry })) ?? [];
}

function taken(plugin: string, name: string, owner: string): TypeError {
  return new TypeError(`Plugin ${plugin} declares the metric ${name}, which ${owner} has already.`);
}

const nameRule = /^[a-z][a-z0-9]*(_[a-z0-9]+)*$/;

function assertNames(
  plugin: string,
  type: MetricType,
  { name, labels = [], buckets = [] }: MetricFacts<string> & { readonly buckets?: readonly number[] },
): void {
  const wrong = (problem: string) => new TypeError(`The metric ${name} of plugin ${plugin} ${problem}.`);
  if (!nameRule.test(name)) throw wrong('needs a name in snake_case');
  if ((type === 'counter') !== name.endsWith('_total')) throw wrong('ends in _total if, and only if, it is a counter');
  const label = labels.find((each) => !nameRule.test(each) || each === 'le');
  if (label !== undefined) throw wrong(`cannot have the label ${JSON.stringify(label)}`);
  if (buckets.some((bound, at) => at > 0 && bound <= (buckets[at - 1] ?? 0))) throw wrong('needs ascending buckets');
}
