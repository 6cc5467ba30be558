/** What the conformance kit tries: one request that succeeds for every operation. */
import type { Answers, Fixture } from '@palestra/server/conformance';

const created = ({ merchandise }: Answers) => ({ id: merchandise.data._id });

export const fixtures: readonly Fixture[] = [
  { name: 'gym', operation: 'operateGym', body: { operation: 'create', data: { name: 'A gym' } }, as: 'operator' },
  {
    name: 'merchandise',
    operation: 'operateMerchandise',
    body: ({ gym }) => ({ operation: 'create', data: { name: 'A class', type: 1, gym: gym.data._id } }),
    as: 'operator',
    status: 201,
  },
  { operation: 'operateMerchandise', body: { operation: 'query', data: { name: { contains: 'A' }, find: 0 } } },
  {
    operation: 'operateMerchandise',
    body: ({ merchandise }) => ({ operation: 'update', data: { _id: merchandise.data._id, detail: 'x' } }),
    as: 'operator',
  },
  { operation: 'listMerchandise' },
  { operation: 'getMerchandise', params: created },
  { operation: 'discoverMerchandise' },
  { operation: 'deleteMerchandise', params: created },
];
