/** `client.staff` */
import type { CallOptions } from '../call/call.js';
import type { components } from '../generated/openapi.js';
import { addGymStaff, listGymStaff, listWorkplaces, removeGymStaff } from '../generated/operations.js';
import { type List, wholeList } from './list.js';
import type { ClientPlugin } from './plugin.js';
import type { Schema } from './schema.js';

type Schemas = components['schemas'];

/** A member of a gym's staff, and what they may do there. */
export interface StaffMember extends Schema<'GymStaffMember'> {}
/** Who becomes staff, by one of `user`, `username` and `email`, and what they may do. @interface */
export type StaffData = Schemas['GymStaffCreation'];

/** A gym where the caller works, and what they may do there. */
export interface Workplace extends Schema<'Workplace'> {}

/** The people who work for a gym besides its owner and its club. */
export interface StaffApi {
  list(gymId: string, options?: CallOptions): List<StaffMember>;
  /** Adds a member of staff, or changes what one may do. @throws ClientError `invalid` (no such user), `permission` */
  put(gymId: string, member: StaffData, options?: CallOptions): Promise<StaffMember>;
  /** @throws ClientError `not_found` (the user is not staff), `permission` */
  remove(gymId: string, userId: string, options?: CallOptions): Promise<void>;
  /** The gyms that the caller owns, is staff of, or has through a club. */
  workplaces(options?: CallOptions): List<Workplace>;
}

/** The part behind `client.staff`, for `createLeanClient`. */
export const staff: ClientPlugin<'staff', StaffApi> = {
  name: 'staff',
  setup: ({ call }) => ({
    list: (id, options) => wholeList(listGymStaff, () => call(listGymStaff, { params: { id } }, options)),
    put: (id, body, options) => call(addGymStaff, { params: { id }, body }, options),
    workplaces: (options) => wholeList(listWorkplaces, () => call(listWorkplaces, {}, options)),
    async remove(id, user, options) {
      await call(removeGymStaff, { params: { id, user } }, options);
    },
  }),
};
