/** What the conformance kit tries: one request that succeeds for every operation. */
import type { Answers, Fixture } from '@palestra/server/conformance';

const created = ({ gym }: Answers) => ({ id: gym.data._id });

export const fixtures: readonly Fixture[] = [
  {
    name: 'gym',
    operation: 'operateGym',
    body: { operation: 'create', data: { name: 'A gym' } },
    as: 'operator',
    status: 201,
  },
  { operation: 'operateGym', body: { operation: 'query', data: { name: { contains: 'A' }, find: 0 } } },
  {
    operation: 'operateGym',
    body: ({ gym }) => ({ operation: 'update', data: { _id: gym.data._id, detail: 'x' } }),
    as: 'operator',
  },
  { operation: 'listGyms' },
  { operation: 'getGym', params: created },
  {
    name: 'profiles',
    operation: 'listProfiles',
    as: 'player',
  },
  {
    operation: 'addGymStaff',
    params: created,
    body: ({ profiles }) => ({ user: profiles.data[0]._id, may: ['admit'] }),
    as: 'operator',
    status: 201,
  },
  { operation: 'listWorkplaces' },
  { operation: 'listGymStaff', params: created, as: 'operator' },
  {
    operation: 'removeGymStaff',
    params: ({ gym, profiles }) => ({ id: gym.data._id, user: profiles.data[0]._id }),
    as: 'operator',
  },
  { operation: 'discoverGyms' },
  { operation: 'deleteGym', params: created },
];
