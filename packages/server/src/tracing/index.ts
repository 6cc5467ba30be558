/**
 * Traces by OpenTelemetry, if the app has registered an SDK of it before it creates the host. Otherwise its API is not
 * even loaded: `openTracing` gives undefined, and no request does anything for it.
 */
import type { IncomingHttpHeaders } from 'node:http';
import { createRequire } from 'node:module';
import { Readable } from 'node:stream';
import type * as OpenTelemetry from '@opentelemetry/api';
import { isPalestraError } from '@palestra/core';
import { type Logger, pino } from 'pino';
import type { AroundStatement } from '../database/types.js';
import type { RunInSpan } from '../plugin/tracing.js';
import { version } from '../version.generated.js';
import { withoutEmails } from './emails.js';
import { recordFailure, settled } from './spans.js';
import { statementSpans } from './statements.js';

/** What is read of a Koa context. */
interface TracedContext {
  readonly method: string;
  readonly protocol: string;
  readonly req: { readonly url?: string | undefined; readonly headers: IncomingHttpHeaders };
  readonly status: number;
  readonly body?: unknown;
}

interface TracedRequest {
  readonly ctx: TracedContext;
  readonly operationId: string;
  /** The path of the contract, with its parameters' names. */
  readonly route: string;
  readonly requestId: string;
}

export interface Tracing {
  readonly inSpan: RunInSpan;
  /** Runs `work` in the span of a request, the child of the one that its `traceparent` names. */
  request(request: TracedRequest, work: () => Promise<void>): Promise<void>;
  /** What a request of the active span failed with, if it is answered with a 5xx. */
  failed(error: unknown, status: number): void;
  /** Of a database, by the name that OpenTelemetry has for it. */
  statements(system: string): AroundStatement;
  /** The same log, whose lines name the active span. */
  logWithIds(log: Logger): Logger;
}

/** Where every version 1 of `@opentelemetry/api` keeps what was registered, so that several copies of it share that. */
const registered = Symbol.for('opentelemetry.js.api.1');

export function openTracing(): Tracing | undefined {
  const globals: unknown = Reflect.get(globalThis, registered);
  if (typeof globals !== 'object' || globals === null || !('trace' in globals)) return undefined;
  const api: typeof OpenTelemetry = createRequire(import.meta.url)('@opentelemetry/api');
  return createTracing(api);
}

function createTracing(api: typeof OpenTelemetry): Tracing {
  const { context, propagation, trace, SpanKind } = api;
  const tracer = trace.getTracer('@palestra/server', version);

  return {
    inSpan({ name, attributes = {}, remote = false }, work) {
      const kind = remote ? SpanKind.CLIENT : SpanKind.INTERNAL;
      return tracer.startActiveSpan(name, { kind, attributes }, (span) => settled(span, work));
    },

    request({ ctx, operationId, route, requestId }, work) {
      // An instrumentation of http has made the span of the server already.
      const within = trace.getSpan(context.active())?.isRecording() === true;
      const parent = within ? context.active() : propagation.extract(context.active(), ctx.req.headers);
      const attributes = { ...requestAttributes(ctx, route), 'palestra.request_id': requestId };
      const kind = within ? SpanKind.INTERNAL : SpanKind.SERVER;
      const span = tracer.startSpan(operationId, { kind, attributes }, parent);
      const end = () => {
        span.setAttribute('http.response.status_code', ctx.status);
        span.end();
      };
      return context.with(trace.setSpan(parent, span), async () => {
        try {
          await work();
        } finally {
          // A stream is sent after its answer has begun.
          if (ctx.body instanceof Readable && !ctx.body.closed) ctx.body.once('close', end);
          else end();
        }
      });
    },

    failed(error, status) {
      const span = trace.getActiveSpan();
      if (status < 500 || !span) return;
      if (isPalestraError(error) && error.cause === undefined) recordFailure(span, error, error.fact.code);
      else recordFailure(span, isPalestraError(error) ? error.cause : error);
    },

    statements: (system) => statementSpans(api, tracer, system),

    logWithIds(log) {
      const own: Mixin | undefined = Reflect.get(log, pino.symbols.mixinSym);
      const mixin: Mixin = (line, ...rest) => {
        const span = trace.getActiveSpan()?.spanContext();
        const ids = span && {
          trace_id: span.traceId,
          span_id: span.spanId,
          trace_flags: `0${span.traceFlags.toString(16)}`,
        };
        return { ...own?.(line, ...rest), ...ids };
      };
      const traced = log.child({});
      Reflect.set(traced, pino.symbols.mixinSym, mixin);
      return traced;
    },
  };
}

type Mixin = (line: object, ...rest: unknown[]) => object;

function requestAttributes(ctx: TracedContext, route: string): OpenTelemetry.Attributes {
  const [path = ''] = (ctx.req.url ?? '').split('?', 1);
  const agent = ctx.req.headers['user-agent'];
  return {
    'http.request.method': ctx.method,
    'http.route': route,
    'url.path': withoutEmails(path),
    'url.scheme': ctx.protocol,
    ...(agent !== undefined && { 'user_agent.original': agent }),
  };
}
