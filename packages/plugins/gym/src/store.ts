/** What is read of gyms beside the resource engine: the service for other plugins, and the order by distance. */
import type { GymService, GymView } from '@palestra/core';
import { createLocations, createNearby, type Database, type Unit } from '@palestra/server/plugin';

const columns = ['id', 'name', 'longitude', 'latitude', { owner: 'owner_id', club: 'club_id' }];

const located = { table: 'gym', longitude: 'longitude', latitude: 'latitude', cell: 'geo_location_cell' };

export interface GymStore extends Pick<GymService, 'find' | 'nearby' | 'locations'> {
  /** Its gyms belong to no club any more. */
  leaveClub(club: number, unit: Unit): Promise<void>;
}

export function createStore(database: Database): GymStore {
  const byId = database.statement<GymView>((knex, parameter) =>
    knex('gym').select(columns).where('id', parameter('id')),
  );
  const held = database.statement<GymView>((knex, parameter) =>
    knex('gym').select(columns).where('id', parameter('id')).forShare(),
  );
  const leave = database.statement((knex, parameter) =>
    knex('gym')
      .where({ club_id: parameter('club') })
      .update({ club_id: null }),
  );
  return {
    find: (id, unit) => (unit ? held.first({ id }, unit) : byId.first({ id })),
    nearby: createNearby(database, located),
    locations: createLocations(database, located),
    leaveClub: async (club, unit) => void (await leave.run({ club }, unit)),
  };
}
