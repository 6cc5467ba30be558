/** Who may change a gym: who creates it owns it and updates it; an admin may say who does, and updates any. */
import { accountIdOf, formatId, includes, type Principal, parseId, permissionDenied } from '@palestra/core';
import type { ResourceRules } from '@palestra/server/plugin';
import type { GymTypes } from './contract.generated.js';

export const rules: ResourceRules<GymTypes> = {
  prepare(input, { current, principal }) {
    const self = accountIdOf(principal);
    if (input.owner !== undefined && !mayDoAnything(principal) && parseId(input.owner) !== self) {
      throw permissionDenied();
    }
    return current || input.owner !== undefined || self === undefined ? input : { ...input, owner: formatId(self) };
  },
  beforeUpdate(before, _, { call: { principal } }) {
    const owns = before.owner !== null && before.owner === accountIdOf(principal);
    if (!owns && !mayDoAnything(principal)) throw permissionDenied();
  },
};

function mayDoAnything({ privilege }: Principal): boolean {
  return includes(privilege, 'admin');
}
