/** The profile: everybody's own user, and for level 1 and above every user; built on the resource engine. */

import {
  accountIdOf,
  formatId,
  type Handlers,
  includes,
  mayGrant,
  type Principal,
  parseId,
  permissionDenied,
} from '@palestra/core';
import type { Resource, ResourceRules } from '../plugin/resource.js';
import type { StoredUser, UserTypes } from './contract.generated.js';
import type { Credentials } from './credentials.js';

/** What signs in is changed on its own, in one transaction; the engine writes the rest. */
export function rules(credentials: Credentials): ResourceRules<UserTypes> {
  return {
    readable: async (principal) => (seesAll(principal) ? undefined : [['_id', formatId(accountIdOf(principal) ?? 0)]]),
    async prepare({ email, password, ...rest }, { current, principal, call }) {
      if (!current) return rest;
      const own = accountIdOf(principal) === current.id;
      if (!own && !mayManage(principal, current)) throw permissionDenied();
      if (!own && password !== undefined) throw permissionDenied();
      if (email !== undefined || password !== undefined)
        await credentials.change(current.id, { own, email, password }, call);
      return rest;
    },
  };
}

type ProfileOperations = UserTypes['operations'];

/** The same answer whether another account exists or not, so that trying ids tells nothing. */
export function createProfile({ handlers, operate, get }: Resource<UserTypes>): Handlers<ProfileOperations> {
  const assertReachable = (id: unknown, principal: Principal): void => {
    const number = parseId(id);
    if (number !== undefined && number !== accountIdOf(principal) && !seesAll(principal)) throw permissionDenied();
  };
  return {
    ...handlers,
    async operateProfile(request, call) {
      const { operation, data } = request.body;
      if (operation === 'update') assertReachable(data._id, call.principal);
      return operate(request, call) as ReturnType<Handlers<ProfileOperations>['operateProfile']>;
    },
    async getProfile({ params: { id } }, call) {
      if (parseId(id) === undefined && !seesAll(call.principal)) throw permissionDenied();
      assertReachable(id, call.principal);
      return get(id, call);
    },
  };
}

function seesAll({ privilege }: Principal): boolean {
  return includes(privilege, 'system_admin');
}

/** Whether the caller may change the data of an account: only up to their own rank. */
function mayManage({ privilege }: Principal, user: StoredUser): boolean {
  if (privilege === 'stams_io' || privilege === 'secure_provisioner') return false;
  return includes(privilege, 'system_admin') && mayGrant(privilege, user.role);
}
