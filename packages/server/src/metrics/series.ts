/** The series of one metric: a value for each combination of label values. */
import type { Metric } from 'prom-client';

export interface Sample {
  readonly metricName: string;
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
}

export type MetricType = 'counter' | 'gauge' | 'histogram';

/** What a registry of prom-client asks of a metric; `registerMetric` wants the whole class, and reads only this. */
export function registrable(
  name: string,
  help: string,
  type: MetricType,
  samples: () => Sample[] | Promise<Sample[]>,
): Metric<string> {
  const metric = { name, get: async () => ({ name, help, type, values: await samples(), aggregator: 'sum' }) };
  return metric as unknown as Metric<string>;
}

/** Beyond this many, values are counted under `other`: a label with an id must not fill the memory. */
const mostSeries = 1_000;

export class Series<Value> {
  readonly #labels: readonly string[];
  readonly #create: () => Value;
  readonly #values = new Map<string, { readonly labels: Readonly<Record<string, string>>; value: Value }>();

  constructor(labels: readonly string[], create: () => Value) {
    this.#labels = labels;
    this.#create = create;
    if (labels.length === 0) this.at({});
  }

  /** The value of these labels, to be changed in place. */
  at(given: Readonly<Record<string, string>>): { value: Value } {
    const key = this.#labels.length === 0 ? '' : this.#labels.map((label) => given[label] ?? '').join('\0');
    const known = this.#values.get(key);
    if (known) return known;
    if (this.#values.size >= mostSeries && !this.#labels.every((label) => given[label] === 'other')) {
      return this.at(Object.fromEntries(this.#labels.map((label) => [label, 'other'])));
    }
    const made = {
      labels: Object.fromEntries(this.#labels.map((label) => [label, given[label] ?? ''])),
      value: this.#create(),
    };
    this.#values.set(key, made);
    return made;
  }

  entries(): { readonly labels: Readonly<Record<string, string>>; readonly value: Value }[] {
    return [...this.#values.values()];
  }
}
