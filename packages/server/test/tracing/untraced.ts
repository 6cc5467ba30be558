/** A host in an app that has no SDK of OpenTelemetry: prints which of its modules are loaded after some requests. */
import { createRequire } from 'node:module';
import { gym } from '@palestra/plugin-gym';
import { startTestHost } from '@palestra/server/testing';

const host = await startTestHost({ plugins: [gym] });
const { traceparent } = { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' };
const { status } = await host.request('GET', '/api/discovery/gym', { headers: { traceparent } });
await host.stop();
const loaded = Object.keys(createRequire(import.meta.url).cache).filter((file) => file.includes('opentelemetry'));
const globals = Object.getOwnPropertySymbols(globalThis).filter((symbol) =>
  symbol.description?.includes('opentelemetry'),
);
process.stdout.write(JSON.stringify({ status, loaded, globals: globals.map(String) }));
