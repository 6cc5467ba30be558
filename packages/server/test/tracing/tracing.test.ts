/** Traces by the SDK of OpenTelemetry: a span for each request, its statements and its calls, and their ids in the log. */
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { context, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import {
  InMemorySpanExporter,
  NodeTracerProvider,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-node';
import { gym } from '@palestra/plugin-gym';
import { merchandise } from '@palestra/plugin-merchandise';
import { transaction } from '@palestra/plugin-transaction';
import { describeOnEachDatabase, signInAdmin, startTestHost, type TestHost } from '@palestra/server/testing';
import { expect } from 'chai';
import { pino } from 'pino';
import { programOf } from '../../../../scripts/testing/program.js';
import { mailService } from '../../src/mail/types.js';
import { openTracing } from '../../src/tracing/index.js';

const password = 'test-only-password-of-the-dba';

describeOnEachDatabase('tracing', (fresh, name) => {
  const exporter = new InMemorySpanExporter();
  const lines: Record<string, unknown>[] = [];
  let provider: NodeTracerProvider;
  let host: TestHost;
  let dba: string;

  const newTrace = () => {
    const [traceId, parent] = [randomBytes(16).toString('hex'), randomBytes(8).toString('hex')];
    return { traceId, parent, headers: { traceparent: `00-${traceId}-${parent}-01` } };
  };
  /** Of one trace; the span of the request ends a moment after its answer is sent. */
  const spansOf = async (traceId: string, wanted: string): Promise<readonly ReadableSpan[]> => {
    for (let tries = 0; tries < 400; tries++) {
      const spans = exporter.getFinishedSpans().filter((span) => span.spanContext().traceId === traceId);
      if (spans.some((span) => span.name === wanted)) return spans;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    throw new Error(`no span ${wanted} in the trace ${traceId}`);
  };
  const named = (spans: readonly ReadableSpan[], wanted: string): ReadableSpan => {
    const found = spans.find((span) => span.name === wanted);
    if (!found) throw new Error(`no span ${wanted} among ${spans.map((span) => span.name).join(', ')}`);
    return found;
  };
  const statementsOf = (spans: readonly ReadableSpan[]) => spans.filter((span) => 'db.query.text' in span.attributes);

  before(async () => {
    provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
    provider.register();
    const log = pino(
      { level: 'debug', mixin: () => ({ own: 'mixin' }) },
      { write: (line) => lines.push(JSON.parse(line)) },
    );
    host = await startTestHost({
      plugins: [gym, merchandise, transaction],
      database: await fresh(),
      log,
      config: { mail: { log: true } },
    });
    dba = await signInAdmin(host, 'dba', password);
  });
  after(async () => {
    await host?.stop();
    for (const api of [trace, context, propagation]) api.disable();
    await provider.shutdown();
  });

  it('names the span of a request by its operation, below that of the caller', async () => {
    const { traceId, parent, headers } = newTrace();
    const answer = await host.request('POST', '/api/gym', {
      token: dba,
      headers: { ...headers, 'user-agent': 'test/1', 'x-request-id': 'traced-1' },
      json: { operation: 'create', data: { name: 'Secret name' } },
    });
    expect(answer.status, answer.text).to.equal(201);
    const spans = await spansOf(traceId, 'operateGym');
    const span = spans.find((each) => each.kind === SpanKind.SERVER);
    expect(span?.parentSpanContext).to.include({ spanId: parent, isRemote: true });
    expect(span?.attributes).to.deep.equal({
      'http.request.method': 'POST',
      'http.route': '/api/gym',
      'url.path': '/api/gym',
      'url.scheme': 'http',
      'user_agent.original': 'test/1',
      'palestra.request_id': 'traced-1',
      'http.response.status_code': 201,
    });
    expect(span?.status.code).to.equal(SpanStatusCode.UNSET);
  });

  it('has a span for each statement, without its values, in the trace of its request', async () => {
    const { traceId, headers } = newTrace();
    await host.request('POST', '/api/gym', {
      token: dba,
      headers,
      json: { operation: 'create', data: { name: 'Canary' } },
    });
    const spans = await spansOf(traceId, 'operateGym');
    const insert = named(spans, 'INSERT gym');
    expect(insert.kind).to.equal(SpanKind.CLIENT);
    expect(insert.attributes).to.include({
      'db.system.name': name.toLowerCase(),
      'db.operation.name': 'INSERT',
      'db.collection.name': 'gym',
    });
    expect(insert.attributes['db.query.text']).to.match(/^insert into [`"]gym[`"] .*\?/i);
    expect(JSON.stringify(spans.map((span) => span.attributes))).not.to.include('Canary');
    const server = named(spans, 'operateGym');
    expect(insert.parentSpanContext?.spanId).to.equal(server.spanContext().spanId);
  });

  it('keeps requests at the same time apart', async () => {
    const traces = Array.from({ length: 40 }, newTrace);
    exporter.reset();
    await Promise.all(
      traces.map(({ headers, traceId }) =>
        host.request('POST', '/api/gym', {
          token: dba,
          headers,
          json: { operation: 'create', data: { name: traceId } },
        }),
      ),
    );
    for (const { traceId } of traces) {
      const spans = await spansOf(traceId, 'operateGym');
      expect(spans.filter((span) => span.name === 'operateGym')).to.have.length(1);
      expect(statementsOf(spans).filter((span) => span.name === 'INSERT gym')).to.have.length(1);
      const ids = new Set(spans.map((span) => span.spanContext().spanId));
      const server = named(spans, 'operateGym');
      for (const span of spans)
        if (span !== server) expect(ids.has(span.parentSpanContext?.spanId ?? '')).to.equal(true);
    }
    const strangers = exporter.getFinishedSpans().filter((span) => span.name === 'INSERT gym');
    expect(strangers).to.have.length(traces.length);
  });

  it('records what a request failed with, and takes a refusal for none', async () => {
    const refused = newTrace();
    await host.request('GET', '/api/profile', { headers: refused.headers });
    const refusal = named(await spansOf(refused.traceId, 'listProfiles'), 'listProfiles');
    expect(refusal.attributes['http.response.status_code']).to.equal(401);
    expect(refusal.status.code).to.equal(SpanStatusCode.UNSET);
    expect(refusal.events).to.deep.equal([]);

    const { schema } = host.palestra.database().knex;
    await schema.renameTable('gym_staff', 'gym_staff_away');
    const failed = newTrace();
    const id = '000000000001';
    const answer = await host.request('GET', `/api/gym/${id}/staff`, { token: dba, headers: failed.headers });
    await host.palestra.database().knex.schema.renameTable('gym_staff_away', 'gym_staff');
    expect(answer.status, answer.text).to.equal(500);
    const spans = await spansOf(failed.traceId, 'listGymStaff');
    const server = named(spans, 'listGymStaff');
    expect(server.status.code).to.equal(SpanStatusCode.ERROR);
    expect(server.attributes).to.include({
      'error.type': name === 'SQLite' ? 'SQLITE_ERROR' : 'ER_NO_SUCH_TABLE',
      'http.response.status_code': 500,
      'http.route': '/api/gym/{id}/staff',
    });
    expect(server.events.map((event) => event.name)).to.deep.equal(['exception']);
    expect(statementsOf(spans).some((span) => span.status.code === SpanStatusCode.ERROR)).to.equal(true);
    const line = lines.find((each) => each.trace_id === failed.traceId && each.level === 50);
    expect(line).to.include({ span_id: server.spanContext().spanId, trace_flags: '01', own: 'mixin' });
  });

  it('has spans for calls to payment providers and mail servers, and for backups', async () => {
    const { body } = await host.operate('/api/gym', dba, 'create', { name: 'Selling' });
    const sold = {
      name: 'Ten visits',
      type: 2,
      gym: body.data._id,
      price: { amount: 100, currency: 'CNY' },
      count: 10,
    };
    const item = await host.operate('/api/merchandise', dba, 'create', { ...sold, expiryInfo: { duration: 86_400 } });
    expect(item.status, item.text).to.equal(201);
    const member = await host.account();
    const bought = newTrace();
    const answer = await host.request('POST', '/api/perform_transaction', {
      token: member.token,
      headers: bought.headers,
      json: { merchandiseId: item.body.data._id, paymentMethod: 'sandbox' },
    });
    expect(answer.status, answer.text).to.equal(201);
    const purchase = await spansOf(bought.traceId, 'performTransaction');
    const prepay = named(purchase, 'payment.prepay');
    expect(prepay.attributes).to.deep.equal({ 'palestra.payment.provider': 'sandbox' });
    expect(prepay.parentSpanContext?.spanId).to.equal(named(purchase, 'performTransaction').spanContext().spanId);

    exporter.reset();
    await host.palestra.service(mailService).send({ to: 'a@b.example', subject: 'x', text: 'x', id: 'x' });
    expect(exporter.getFinishedSpans().map((span) => span.name)).to.include('mail.send');

    const backedUp = newTrace();
    const made = await host.request('POST', '/api/admin/backup', { token: dba, headers: backedUp.headers });
    expect(made.status, made.text).to.equal(201);
    named(await spansOf(backedUp.traceId, 'createBackup'), 'backup.create');
  });

  it('is below the span of an instrumentation of HTTP, where there is one', async () => {
    const tracing = openTracing();
    const ctx = { method: 'GET', protocol: 'http', status: 200, req: { url: '/api/gym', headers: newTrace().headers } };
    const outer = trace.getTracer('test').startSpan('GET', { kind: SpanKind.SERVER });
    const request = { ctx, operationId: 'inside', route: '/api/gym', requestId: 'x' };
    await context.with(trace.setSpan(context.active(), outer), async () => tracing?.request(request, async () => {}));
    outer.end();
    const span = named(await spansOf(outer.spanContext().traceId, 'inside'), 'inside');
    expect(span.parentSpanContext?.spanId).to.equal(outer.spanContext().spanId);
    expect(span.kind).to.equal(SpanKind.INTERNAL);
  });

  it('ends the span of a list with its last byte', async () => {
    const { traceId, headers } = newTrace();
    const answer = await host.request('GET', '/api/gym', { token: dba, headers });
    expect(answer.body.data.length).to.be.above(40);
    const span = named(await spansOf(traceId, 'listGyms'), 'listGyms');
    expect(span.attributes['http.response.status_code']).to.equal(200);
  });
});

describe('without an SDK of OpenTelemetry', () => {
  it('nothing of it is loaded, and requests do nothing for it', async () => {
    const program = await programOf(new URL('./untraced.ts', import.meta.url));
    const { stdout, stderr } = spawnSync(process.execPath, [program], { encoding: 'utf8' });
    expect(JSON.parse(stdout || '{}'), stderr).to.deep.equal({ status: 200, loaded: [], globals: [] });
  }).timeout(30_000);
});
