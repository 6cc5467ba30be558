/** Spans of OpenTelemetry. Where the app has registered no SDK, only the work runs. */

export interface SpanFacts {
  /** Few different names: `payment.prepay`, never an id. */
  readonly name: string;
  /** Of few bytes, and nothing that may not be in a log. */
  readonly attributes?: Readonly<Record<string, string | number | boolean>>;
  /** Whether the work is a call to another system. */
  readonly remote?: boolean;
}

/** Runs `work` in a span, which what it rejects with ends as failed. */
export type RunInSpan = <Result>(facts: SpanFacts, work: () => Promise<Result>) => Promise<Result>;

export const withoutSpan: RunInSpan = (_facts, work) => work();
