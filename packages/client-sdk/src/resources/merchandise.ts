/** `client.merchandise` */

import type { components } from '../generated/openapi.js';
import { deleteMerchandise, getMerchandise, listMerchandise, operateMerchandise } from '../generated/operations.js';
import type { ClientPlugin } from './plugin.js';
import { type Resource, resource } from './resource.js';
import type { Schema } from './schema.js';

type Schemas = components['schemas'];

/** What a gym sells, as it is stored. */
export interface Merchandise extends Schema<'Merchandise'> {}
/** `price.amount` counts minor units (cents, fen); `expiryInfo.duration` is in seconds; `count` −1 is unlimited. @interface */
export type MerchandiseData = Schemas['MerchandiseCreate']['data'];
/** The fields to change, and of which merchandise by its `_id`. @interface */
export type MerchandiseChange = Schemas['MerchandiseUpdate']['data'];

/** What gyms sell: training classes (`type` 1) and subscriptions (`type` 2). A name is unique within its gym. */
export type MerchandiseApi = Resource<{
  item: Merchandise;
  create: MerchandiseData;
  query: Schemas['MerchandiseQuery']['data'];
  update: MerchandiseChange;
}>;

/** The part behind `client.merchandise`, for `createLeanClient`. */
export const merchandise: ClientPlugin<'merchandise', MerchandiseApi> = {
  name: 'merchandise',
  setup: (scope) =>
    resource(scope, {
      operate: operateMerchandise,
      list: listMerchandise,
      get: getMerchandise,
      delete: deleteMerchandise,
    }),
};
