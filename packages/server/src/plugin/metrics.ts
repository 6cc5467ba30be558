/** Metrics of a plugin, shown on `/metrics` as `palestra_<plugin>_<name>`. Where metrics are off, they do nothing. */

export interface MetricFacts<Label extends string> {
  /** snake_case, with the unit at its end: `wait_seconds`; a counter ends in `_total`. */
  readonly name: string;
  readonly help: string;
  /** Names of labels. Each combination of their values is a series, so give them few values: never an id. */
  readonly labels?: readonly Label[];
}

export type LabelValues<Label extends string> = Readonly<Record<Label, string>>;

/** The values of a metric's labels; a metric without labels takes none. */
type LabelArguments<Label extends string> = [Label] extends [never] ? [] : [labels: LabelValues<Label>];

export interface Counter<Label extends string> {
  /** Adds 1. */
  increment(...labels: LabelArguments<Label>): void;
  /** `amount` is not negative. */
  add(amount: number, ...labels: LabelArguments<Label>): void;
}

export interface Gauge<Label extends string> {
  set(value: number, ...labels: LabelArguments<Label>): void;
}

export interface Histogram<Label extends string> {
  observe(value: number, ...labels: LabelArguments<Label>): void;
}

/** Adds the value of one series to what a scrape reads. */
export type Observe<Label extends string> = (value: number, ...labels: LabelArguments<Label>) => void;

/**
 * Asked for again by the same plugin, as when the host boots again after a restore, a metric goes on where it was.
 * @throws TypeError for a name or label that Prometheus does not take, or a name that is taken
 */
export interface PluginMetrics {
  counter<const Label extends string = never>(facts: MetricFacts<Label>): Counter<Label>;
  gauge<const Label extends string = never>(facts: MetricFacts<Label>): Gauge<Label>;
  /**
   * A gauge that is read when the page is asked for. Where `read` fails or takes longer than a second, the page is
   * without it. Asked for again, the metric has the new `read`.
   */
  observableGauge<const Label extends string = never>(
    facts: MetricFacts<Label>,
    read: (observe: Observe<Label>) => void | Promise<void>,
  ): void;
  /** `buckets`: upper bounds, ascending; by default from 1 ms to 10 s, in seconds. */
  histogram<const Label extends string = never>(
    facts: MetricFacts<Label> & { readonly buckets?: readonly number[] },
  ): Histogram<Label>;
}
