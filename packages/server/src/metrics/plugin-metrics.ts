/** The metrics that plugins have of their own: kept here, and read by the page. */
import type { Metric } from 'prom-client';
import type { Counter, Gauge, Histogram, MetricFacts, PluginMetrics } from '../plugin/metrics.js';
import { Buckets, defaultBounds } from './histogram.js';
import { hostMetrics } from './names.js';
import { type MetricType, registrable, type Sample, Series } from './series.js';

interface Kept {
  readonly plugin: string;
  readonly type: MetricType;
  /** Its labels and bounds as text: the same metric has the same. */
  readonly shape: string;
  readonly instrument: unknown;
  readonly metric: Metric<string>;
}

type Labelled = readonly [labels?: Readonly<Record<string, string>>];

/** What a plugin gets where metrics are off. */
export const noMetrics: PluginMetrics = {
  counter: () => ({ increment() {}, add() {} }),
  gauge: () => ({ set() {} }),
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
    type: MetricType,
    facts: MetricFacts<string> & { readonly buckets?: readonly number[] },
    create: () => { readonly instrument: Instrument; samples(name: string): Sample[] },
  ): Instrument {
    assertNames(plugin, type, facts);
    const name = `palestra_${plugin.replaceAll('-', '_')}_${facts.name}`;
    if (hostMetrics.has(name)) throw taken(plugin, name, 'the host');
    const shape = JSON.stringify([facts.labels ?? [], facts.buckets ?? null]);
    const known = this.#kept.get(name);
    if (known) {
      if (known.plugin === plugin && known.type === type && known.shape === shape)
        return known.instrument as Instrument;
      throw taken(plugin, name, `plugin ${known.plugin}`);
    }
    const { instrument, samples } = create();
    const metric = registrable(name, facts.help, type, () => samples(name));
    this.#kept.set(name, { plugin, type, shape, instrument, metric });
    return instrument;
  }
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
