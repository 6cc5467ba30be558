/** A span for each statement that a traced request, or other traced work, sends to the database. */
import type * as OpenTelemetry from '@opentelemetry/api';
import type { AroundStatement } from '../database/types.js';
import { markFailed, typeOf } from './spans.js';

/** Statements outside a span, such as those of timers, would each be a trace of one span: they have none. */
export function statementSpans(
  { trace, SpanKind }: typeof OpenTelemetry,
  tracer: OpenTelemetry.Tracer,
  system: string,
): AroundStatement {
  return (sql, action) => {
    if (trace.getActiveSpan()?.isRecording() !== true) return action();
    const { operation, table } = summaryOf(sql);
    const attributes = {
      'db.system.name': system,
      'db.operation.name': operation,
      'db.query.text': sql,
      ...(table !== undefined && { 'db.collection.name': table }),
    };
    const span = tracer.startSpan(table === undefined ? operation : `${operation} ${table}`, {
      kind: SpanKind.CLIENT,
      attributes,
    });
    return ended(span, action);
  };
}

/** SQLite answers inside the call, and must not be made to wait. */
function ended<Result>(span: OpenTelemetry.Span, action: () => Result | Promise<Result>): Result | Promise<Result> {
  const failed = (error: unknown): never => {
    // The messages of databases repeat values.
    markFailed(span, typeOf(error));
    span.end();
    throw error;
  };
  const done = (result: Result): Result => {
    span.end();
    return result;
  };
  try {
    const result = action();
    return result instanceof Promise ? result.then(done, failed) : done(result);
  } catch (error) {
    return failed(error);
  }
}

const summaries = new Map<string, { readonly operation: string; readonly table?: string }>();
const mostSummaries = 1_000;

function summaryOf(sql: string): { readonly operation: string; readonly table?: string } {
  const known = summaries.get(sql);
  if (known) return known;
  const [, operation = 'OTHER'] = /^[\s(]*(\w+)/.exec(sql) ?? [];
  const [, table] = /\b(?:from|into|update|join)\s+[`"]?(\w+)/i.exec(sql) ?? [];
  const summary = { operation: operation.toUpperCase(), ...(table !== undefined && { table }) };
  if (summaries.size < mostSummaries) summaries.set(sql, summary);
  return summary;
}
