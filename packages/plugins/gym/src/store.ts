/** What is read of gyms beside the resource engine: the service for other plugins, and the order by distance. */
import type { GymService, GymView } from '@palestra/core';
import { createNearby, type Database } from '@palestra/server/plugin';

const columns = ['id', 'name', 'longitude', 'latitude', { owner: 'owner_id' }];

export function createStore(database: Database): GymService {
  const byId = database.statement<GymView>((knex, parameter) =>
    knex('gym').select(columns).where('id', parameter('id')),
  );
  const held = database.statement<GymView>((knex, parameter) =>
    knex('gym').select(columns).where('id', parameter('id')).forShare(),
  );
  const owned = database.statement<{ id: number }>((knex, parameter) =>
    knex('gym').select('id').where('owner_id', parameter('owner')).orderBy('id'),
  );
  return {
    ownedBy: async (owner) => (await owned.all({ owner })).map(({ id }) => id),
    find: (id, unit) => (unit ? held.first({ id }, unit) : byId.first({ id })),
    nearby: createNearby(database, { table: 'gym', longitude: 'longitude', latitude: 'latitude' }),
  };
}
