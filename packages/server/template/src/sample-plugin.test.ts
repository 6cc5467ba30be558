/** A real host on a free port, called over HTTP and by the client. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createClient, memoryTokens } from '@palestra/client';
import { conform, formatReport } from '@palestra/server/conformance';
import { startTestHost, type TestHost } from '@palestra/server/testing';
import { samplePluginClient } from './client.js';
import * as conformance from './conformance.js';
import { samplePlugin } from './index.js';

describe('sample-plugin', () => {
  let host: TestHost;

  before(async () => {
    host = await startTestHost({ plugins: [samplePlugin] });
  });
  after(() => host.stop());

  it('answers over HTTP', async () => {
    const { token } = await host.account('coach');
    const made = await host.operate('/api/sample_item', token, 'create', { name: 'one' });
    assert.equal(made.status, 201);
    const again = await host.operate('/api/sample_item', token, 'create', { name: 'one' });
    assert.equal(again.status, 409);
    assert.equal(again.body.exceptionMessage, 'Resource exists with name <one> for SampleItem');
  });

  it('answers the client', async () => {
    const { token } = await host.account('coach');
    const tokens = memoryTokens({ accessToken: token });
    const client = createClient({ baseUrl: host.url, plugins: [samplePluginClient], tokens });
    const made = await client.sampleItem.create({ name: 'two' });
    assert.deepEqual(await client.sampleItem.query({ name: { equals: 'two' } }), [made]);
  });

  it('conforms', async () => {
    const report = await conform(conformance.plugin, conformance);
    assert.ok(report.ok, formatReport(report));
  });
});
