/** Discovery: gyms for guests, by keyword and by distance; of the announcements, those for everyone. */
import type { GymService, Handler } from '@palestra/core';
import { discover, type View } from '@palestra/server/plugin';
import type { components, operations } from './contract.generated.js';

export type PublicGym = components['schemas']['PublicGym'];

/** `scope` of an announcement for everyone; 1 is for members. */
const everyone = 2;

export function createDiscovery(
  view: View<PublicGym>,
  gyms: Pick<GymService, 'find' | 'nearby' | 'locations'>,
): Handler<operations['discoverGyms']> {
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
