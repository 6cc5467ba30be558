/** Discovery: merchandise for guests, by keyword, by gym, and by the distance of the gym. */
import type { GymService, Handler } from '@palestra/core';
import { discover, type View } from '@palestra/server/plugin';
import type { components, operations } from './contract.generated.js';
import type { MerchandiseStore } from './store.js';

export type PublicMerchandise = components['schemas']['PublicMerchandise'];

export function createDiscovery(
  view: View<PublicMerchandise>,
  gyms: GymService,
  store: MerchandiseStore,
): Handler<operations['discoverMerchandise']> {
  return ({ query: { gym, ...query } }) =>
    discover<PublicMerchandise>(
      { view, places: gyms, placeField: 'gym', placeOf: store.gymOf },
      { ...query, place: gym },
    );
}
