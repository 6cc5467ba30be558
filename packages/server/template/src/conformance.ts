/** What `palestra plugin check` tries: one request that succeeds for every operation. */
import type { Answers, Fixture } from '@palestra/server/conformance';
import { samplePluginClient } from './client.js';
import { samplePlugin } from './index.js';

export const plugin: typeof samplePlugin = samplePlugin;
export const client: typeof samplePluginClient = samplePluginClient;

const made = ({ create }: Answers) => ({ params: { id: create.data._id } });

export const fixtures: readonly Fixture[] = [
  {
    name: 'create',
    operation: 'operateSampleItem',
    request: { body: { operation: 'create', data: { name: 'first', note: 'made by the kit' } } },
    status: 201,
  },
  { operation: 'operateSampleItem', request: { body: { operation: 'query', data: { name: { contains: 'FIR' } } } } },
  {
    operation: 'operateSampleItem',
    request: ({ create }) => ({ body: { operation: 'update', data: { _id: create.data._id, note: null } } }),
  },
  { operation: 'listSampleItems' },
  { operation: 'getSampleItem', request: made },
  { operation: 'deleteSampleItem', request: made },
];
