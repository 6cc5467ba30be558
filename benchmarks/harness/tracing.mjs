/** Loaded before the server: an SDK of OpenTelemetry as operators register one, whose spans end in the process. */
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  NodeTracerProvider,
} from '@opentelemetry/sdk-trace-node';

const done = { code: 0 };
const exporter = {
  export: (_spans, finished) => finished(done),
  shutdown: () => Promise.resolve(),
};
const sampler = process.env.BENCHMARK_SAMPLED === '1' ? new AlwaysOnSampler() : new AlwaysOffSampler();
new NodeTracerProvider({ sampler, spanProcessors: [new BatchSpanProcessor(exporter)] }).register();
