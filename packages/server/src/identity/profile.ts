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
  queryPointer,
  type RequestEnvelope,
} from '@palestra/core';
import type { Resource, ResourceFacts, ResourceRules } from '../plugin/resource.js';
import { parseAfter, parseQuery } from '../resource/query.js';
import type { components, operations } from './contract.generated.js';
import type { Credentials } from './credentials.js';

export type ShownUser = components['schemas']['User'];

export const facts: ResourceFacts = {
  type: 'User',
  table: 'account',
  schema: 'UserFields',
  fields: {
    username: { kind: 'text', columns: ['username'], folded: 'username_folded', indexed: true, readOnly: true },
    email: { kind: 'text', columns: ['email'], folded: 'email_folded', indexed: true },
    firstName: { kind: 'text', columns: ['first_name'], folded: 'first_name_folded' },
    lastName: { kind: 'text', columns: ['last_name'], folded: 'last_name_folded' },
    address: { kind: 'text', columns: ['address'], folded: 'address_folded' },
    role: { kind: 'text', columns: ['role'], indexed: true, readOnly: true },
  },
  required: [],
  lasting: true,
};

/** What signs in is changed on its own, in one transaction; the engine writes the rest. */
export function rules(credentials: Credentials): ResourceRules<ShownUser> {
  return {
    async update(current, { email, password, ...rest }, principal) {
      const id = parseId(current._id) ?? 0;
      const own = accountIdOf(principal) === id;
      if (!own && !mayManage(principal, current)) throw permissionDenied();
      if (!own && password !== undefined) throw permissionDenied();
      if (email !== undefined || password !== undefined) {
        await credentials.change(id, {
          email: email as string | null | undefined,
          password: password as string | undefined,
        });
      }
      return rest;
    },
  };
}

type ProfileOperations = Pick<operations, 'operateProfile' | 'listProfiles' | 'getProfile'>;

export function createProfile(resource: Resource<ShownUser>): Handlers<ProfileOperations> {
  return {
    async operateProfile({ body }, call) {
      const own = restrictedTo(call.principal);
      if (own === undefined) return resource.operate({ body }, call);
      const { operation, data } = body as RequestEnvelope;
      if (operation === 'update') {
        const id = parseId(data._id);
        if (id !== undefined && id !== own) throw permissionDenied();
        return resource.operate({ body }, call);
      }
      if (!mayMatch(data, own)) return [];
      return resource.operate({ body: { operation, data: { ...data, _id: { equals: formatId(own) } } } }, call);
    },
    async listProfiles({ query }, { principal }) {
      const own = restrictedTo(principal);
      if (own === undefined) return resource.list({ query });
      if (parseAfter(query.after, queryPointer('after')) >= own) return [];
      const user = await resource.find(own);
      return user ? [user] : [];
    },
    async getProfile({ params }, { principal }) {
      const own = restrictedTo(principal);
      // The same whether it exists or not: a stranger's id tells nothing.
      if (own !== undefined && parseId(params.id) !== own) throw permissionDenied();
      return resource.get({ params });
    },
  };
}

/** The one account that the caller may see; undefined for those who may see all. */
function restrictedTo(principal: Principal): number | undefined {
  return includes(principal.privilege, 'system_admin') ? undefined : (accountIdOf(principal) ?? 0);
}

/** False if the criteria ask for somebody else. @throws PalestraError for criteria that are not valid */
function mayMatch(data: Record<string, unknown>, own: number): boolean {
  const { conditions } = parseQuery(facts, data);
  return conditions.every(({ name, values }) => name !== '_id' || values[0] === own);
}

/** Nobody changes the data of a rank above the own one. */
function mayManage({ privilege }: Principal, user: ShownUser): boolean {
  if (privilege === 'stams_io' || privilege === 'secure_provisioner') return false;
  return includes(privilege, 'system_admin') && mayGrant(privilege, user.role);
}
