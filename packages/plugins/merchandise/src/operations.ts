/** Discovery: merchandise for guests, by keyword, by gym, and by the distance of the gym; what is for sale now. */
import type { Clock, GymService, Handler } from '@palestra/core';
import { discover, type View } from '@palestra/server/plugin';
import type { components, operations } from './contract.generated.js';
import type { MerchandiseStore } from './store.js';

type PublicMerchandise = components['schemas']['PublicMerchandise'];

export interface DiscoveryParts {
  readonly view: View<PublicMerchandise>;
  readonly gyms: GymService;
  readonly store: MerchandiseStore;
  readonly clock: Clock;
}

export function createDiscovery({
  view,
  gyms,
  store,
  clock,
}: DiscoveryParts): Handler<operations['discoverMerchandise']> {
  return ({ query: { gym, ...query } }) =>
    discover<PublicMerchandise>(
      {
        view,
        places: gyms,
        placeField: 'gym',
        placeOf: store.gymOf,
        // What is not for sale now is not shown.
        only: () => ({
          equals: { available: true },
          begun: { saleStart: clock.now() },
          lasting: { saleEnd: clock.now() },
        }),
      },
      { ...query, place: gym },
    );
}
