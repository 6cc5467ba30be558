/** What `palestra plugin check` tries: every operation once, by whoever just may. */
import type { Answers, Fixture } from '@palestra/server/conformance';
import { equipmentClient } from './client.js';
import { equipment } from './index.js';

export const plugin: typeof equipment = equipment;
export const client: typeof equipmentClient = equipmentClient;
export const config: { types: string } = { types: 'open' };

const first = ({ create }: Answers) => ({ params: { id: create.data._id } });

export const fixtures: readonly Fixture[] = [
  {
    name: 'create',
    operation: 'operateEquipment',
    request: {
      body: {
        operation: 'create',
        data: { name: 'equipment 1', imageURLs: '', type: { name: 'equipment type 1' } },
      },
    },
    status: 201,
  },
  {
    operation: 'operateEquipment',
    request: { body: { operation: 'query', data: { type: { equals: { name: 'equipment type 1' } }, find: 0 } } },
  },
  {
    operation: 'operateEquipment',
    request: ({ create }) => ({
      body: { operation: 'update', data: { _id: create.data._id, type: { name: 'equipment type 2' } } },
    }),
  },
  { operation: 'listEquipment' },
  { operation: 'getEquipment', request: first },
  { operation: 'listEquipmentTypes' },
  { operation: 'deleteEquipmentType', request: { params: { name: 'equipment type 1' } } },
  { operation: 'deleteEquipment', request: first },
  { operation: 'getEquipmentUsage' },
];
