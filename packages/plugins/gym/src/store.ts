/** What is read of gyms beside the resource engine: the service for other plugins, and the order by distance. */
import type { GymService, GymView } from '@palestra/core';
import { createNearby, type Database } from '@palestra/server';

export function createStore(database: Database): GymService {
  const byId = database.statement<GymView>((knex, parameter) =>
    knex('gym').select('id', 'name', 'longitude', 'latitude', { owner: 'owner_id' }).where('id', parameter('id')),
  );
  const owned = database.statement<{ id: number }>((knex, parameter) =>
    knex('gym').select('id').where('owner_id', parameter('owner')).orderBy('id'),
  );
  return {
    ownedBy: async (owner) => (await owned.all({ owner })).map(({ id }) => id),
    find: (id) => byId.first({ id }),
    nearby: createNearby(database, { table: 'gym', longitude: 'longitude', latitude: 'latitude' }),
  };
}
