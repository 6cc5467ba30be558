/** How spans end. */
import type { Span } from '@opentelemetry/api';

/** `SpanStatusCode.ERROR`: the API is loaded only where it is used. */
const failedStatus = 2;

/** Ends the span with `work`. */
export async function settled<Result>(span: Span, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    recordFailure(span, error);
    throw error;
  } finally {
    span.end();
  }
}

export function recordFailure(span: Span, error: unknown, type: string = typeOf(error)): void {
  span.recordException(error instanceof Error ? error : String(error));
  markFailed(span, type);
}

export function markFailed(span: Span, type: string): void {
  span.setAttribute('error.type', type);
  span.setStatus({ code: failedStatus });
}

export function typeOf(error: unknown): string {
  if (!(error instanceof Error)) return '_OTHER';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}
