/** `client.gym` */

import type { components } from '../generated/openapi.js';
import { deleteGym, getGym, listGyms, operateGym } from '../generated/operations.js';
import type { ClientPlugin } from './plugin.js';
import { type Resource, resource } from './resource.js';
import type { Schema } from './schema.js';

type Schemas = components['schemas'];

/** A gym as it is stored. */
export interface Gym extends Schema<'Gym'> {}
/** A new gym. Its name is unique. @interface */
export type GymData = Schemas['GymCreate']['data'];
/** The fields to change, and which gym by its `_id`. @interface */
export type GymChange = Schemas['GymUpdate']['data'];

/** Gyms. Every member may read them; coaches and operators create and change their own; administrators delete. */
export type GymApi = Resource<{
  item: Gym;
  create: GymData;
  query: Schemas['GymQuery']['data'];
  update: GymChange;
}>;

/** The part behind `client.gym`, for `createLeanClient`. */
export const gym: ClientPlugin<'gym', GymApi> = {
  name: 'gym',
  setup: (scope) => resource(scope, { operate: operateGym, list: listGyms, get: getGym, delete: deleteGym }),
};
