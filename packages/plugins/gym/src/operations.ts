/** Discovery: gyms for guests, by keyword and by distance; no email, owner or members' announcements. */
import type { GymService, Handler } from '@palestra/core';
import { discover, type View, type ViewFacts } from '@palestra/server';
import type { components, operations } from './contract.generated.js';

export type PublicGym = components['schemas']['PublicGym'];

export const publicView: ViewFacts = {
  fields: [
    '_id',
    'name',
    'address',
    'detail',
    'geoLocation',
    'smallLogo',
    'bigLogo',
    'services',
    'equipments',
    'announcements',
  ],
  keyword: ['name', 'address', 'detail'],
};

/** `scope` of an announcement for everyone; 1 is for members. */
const everyone = 2;

export function createDiscovery(view: View<PublicGym>, gyms: GymService): Handler<operations['discoverGyms']> {
  return ({ query: { gym, ...query } }) =>
    discover<PublicGym>(
      {
        view,
        places: gyms,
        placeField: '_id',
        placeOf: async (id) => id,
        show: (item) => ({ ...item, announcements: item.announcements.filter(({ scope }) => scope === everyone) }),
      },
      { ...query, place: gym },
    );
}
