/** Who may change a gym: its owner, its staff who manage it, the operator of its club. An admin also says who owns it. */
import {
  accountIdOf,
  type ClubService,
  formatId,
  type GymTask,
  includes,
  invalidResourceParameter,
  type Principal,
  parseId,
  permissionDenied,
  type Staff,
} from '@palestra/core';
import type { ResourceRules } from '@palestra/server/plugin';
import type { GymTypes } from './contract.generated.js';

export function rules(access: Staff<GymTask>, clubs: ClubService | undefined): ResourceRules<GymTypes> {
  return {
    async prepare(input, { current, principal }) {
      // Asked again in the transaction; a caller who may not change the gym does not wait for its lock.
      if (current && !(await access.may('manage', current.id, principal))) throw permissionDenied();
      return { ...input, ...ownerOf(input, current, principal), ...(await clubOf(input, clubs)) };
    },
    async beforeUpdate({ id }, _, { call: { principal }, unit }) {
      if (!(await access.may('manage', id, principal, unit))) throw permissionDenied();
    },
  };
}

/** Who creates a gym owns it; only an admin gives it to another account. */
function ownerOf(
  { owner }: Partial<GymTypes['input']>,
  current: GymTypes['record'] | undefined,
  principal: Principal,
): { readonly owner?: string } {
  const self = accountIdOf(principal);
  const own = current ? current.owner : self;
  if (owner !== undefined && !includes(principal.privilege, 'admin') && parseId(owner) !== own)
    throw permissionDenied();
  return current || owner !== undefined || self === undefined ? {} : { owner: formatId(self) };
}

/** An id of a club that exists, as a number. @throws PalestraError 400 */
async function clubOf(
  { club }: Partial<GymTypes['input']>,
  clubs: ClubService | undefined,
): Promise<{ readonly club?: number }> {
  if (club === undefined || club === null) return {};
  const id = parseId(club);
  if (id === undefined || !(await clubs?.find(id))) throw invalidResourceParameter('club', 'Gym', '/data/club');
  return { club: id };
}
