/** What `palestra plugin check` tries: one request that succeeds for every operation. */
import type { Answers, Fixture } from '@palestra/server/conformance';
import { equipmentClient } from './client.js';
import { equipment } from './index.js';

export const plugin: typeof equipment = equipment;
export const client: typeof equipmentClient = equipmentClient;
export const config: { types: string } = { types: 'open' };

const first = ({ create }: Answers) => ({ id: create.data._id });

export const fixtures: readonly Fixture[] = [
  {
    name: 'create',
    operation: 'operateEquipment',
    body: {
      operation: 'create',
      data: { name: 'equipment 1', imageURLs: '', type: { name: 'equipment type 1' } },
    },
    status: 201,
  },
  {
    operation: 'operateEquipment',
    body: { operation: 'query', data: { type: { equals: { name: 'equipment type 1' } }, find: 0 } },
  },
  {
    operation: 'operateEquipment',
    body: ({ create }) => ({
      operation: 'update',
      data: { _id: create.data._id, type: { name: 'equipment type 2' } },
    }),
  },
  { operation: 'listEquipment' },
  { operation: 'getEquipment', params: first },
  { operation: 'listEquipmentTypes' },
  { operation: 'deleteEquipmentType', params: { name: 'equipment type 1' } },
  { operation: 'deleteEquipment', params: first },
  { operation: 'getEquipmentUsage' },
];
