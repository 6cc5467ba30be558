/** What `palestra plugin check` tries: one request that succeeds for every operation. */
import type { Answers, Fixture } from '@palestra/server/conformance';
import { samplePluginClient } from './client.js';
import { samplePlugin } from './index.js';

export const plugin: typeof samplePlugin = samplePlugin;
export const client: typeof samplePluginClient = samplePluginClient;

const made = ({ create }: Answers) => ({ id: create.data._id });

export const fixtures: readonly Fixture[] = [
  {
    name: 'create',
    operation: 'operateSampleItem',
    body: { operation: 'create', data: { name: 'first', note: 'made by the kit' } },
    status: 201,
  },
  { operation: 'operateSampleItem', body: { operation: 'query', data: { name: { contains: 'FIR' } } } },
  {
    operation: 'operateSampleItem',
    body: ({ create }) => ({ operation: 'update', data: { _id: create.data._id, note: null } }),
  },
  { operation: 'listSampleItems' },
  { operation: 'getSampleItem', params: made },
  { operation: 'deleteSampleItem', params: made },
];
