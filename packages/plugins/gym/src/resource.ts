/** The facts of a gym, and who may change one. */
import {
  type AccountsService,
  accountIdOf,
  formatId,
  includes,
  invalidResourceParameter,
  type Principal,
  parseId,
  permissionDenied,
} from '@palestra/core';
import type { ResourceFacts, ResourceRules } from '@palestra/server';
import type { components } from './contract.generated.js';

export type ShownGym = components['schemas']['Gym'];

export interface GymServices {
  readonly accounts: AccountsService;
}

export const facts: ResourceFacts = {
  type: 'Gym',
  table: 'gym',
  schema: 'GymFields',
  fields: {
    name: { kind: 'text', columns: ['name'], folded: 'name_folded', indexed: true },
    address: { kind: 'text', columns: ['address'], folded: 'address_folded' },
    detail: { kind: 'text', columns: ['detail'], folded: 'detail_folded' },
    email: { kind: 'text', columns: ['email'], folded: 'email_folded' },
    geoLocation: { kind: 'point', columns: ['longitude', 'latitude'] },
    smallLogo: { kind: 'text', columns: ['small_logo'] },
    bigLogo: { kind: 'text', columns: ['big_logo'] },
    services: { kind: 'texts', columns: ['services'], folded: 'services_folded' },
    equipments: { kind: 'texts', columns: ['equipments'], folded: 'equipments_folded' },
    announcements: { kind: 'json', columns: ['announcements'] },
    owner: { kind: 'reference', columns: ['owner_id'], indexed: true },
  },
  required: ['name'],
  defaults: { services: [], equipments: [], announcements: [] },
  unique: { index: 'gym_name', field: 'name' },
};

/** Who creates a gym owns it, and updates it; an admin may say who, and updates any. */
export function rules({ accounts }: GymServices): ResourceRules<ShownGym> {
  async function assertOwner(owner: unknown, principal: Principal): Promise<void> {
    if (owner === undefined) return;
    const id = parseId(owner);
    if (!includes(principal.privilege, 'admin') && id !== accountIdOf(principal)) throw permissionDenied();
    if (id !== undefined && !(await accounts.find(id))) throw invalidResourceParameter('owner', 'Gym', '/data/owner');
  }
  return {
    async create(input, principal) {
      await assertOwner(input.owner, principal);
      const self = accountIdOf(principal);
      return { ...input, owner: input.owner === undefined && self !== undefined ? formatId(self) : input.owner };
    },
    async update(current, change, principal) {
      const owns = current.owner !== null && parseId(current.owner) === accountIdOf(principal);
      if (!owns && !includes(principal.privilege, 'admin')) throw permissionDenied();
      await assertOwner(change.owner, principal);
      return change;
    },
  };
}
