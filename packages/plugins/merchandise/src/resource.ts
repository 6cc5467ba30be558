/** Who may sell what: those who sell for a gym put merchandise on sale there and change it; an admin anywhere. */
import {
  type GymService,
  invalidRequest,
  invalidResourceParameter,
  type Principal,
  parseId,
  permissionDenied,
} from '@palestra/core';
import type { ResourceRules, Unit } from '@palestra/server/plugin';
import type { MerchandiseTypes } from './contract.generated.js';

export interface MerchandiseServices {
  readonly gyms: GymService;
}

export function rules({ gyms }: MerchandiseServices): ResourceRules<MerchandiseTypes> {
  async function assertSells(id: number, principal: Principal, unit?: Unit): Promise<void> {
    if (!(await gyms.find(id, unit))) throw invalidResourceParameter('gym', 'Merchandise', '/data/gym');
    if (!(await gyms.may('sell', id, principal, unit))) throw permissionDenied();
  }
  return {
    async prepare(input, { current, principal }) {
      assertTimes(input);
      assertSale({ ...current, ...input });
      // Asked again in the transaction; a caller who may not sell there does not wait for its lock.
      const gym = current ? current.gym : parseId(input.gym);
      if (gym !== undefined) await assertSells(gym, principal);
      return input;
    },
    beforeCreate: (after, { call, unit }) => assertSells(after.gym, call.principal, unit),
    async beforeUpdate(before, after, { call, unit }) {
      await assertSells(before.gym, call.principal, unit);
      if (after.gym !== before.gym) await assertSells(after.gym, call.principal, unit);
    },
  };
}

/** What the schema cannot say of a whole item. @throws PalestraError 400 */
export function assertItem(item: Partial<MerchandiseTypes['input']>): void {
  assertTimes(item);
  assertSale(item);
}

function assertSale({ saleStart, saleEnd }: Pick<Partial<MerchandiseTypes['input']>, 'saleStart' | 'saleEnd'>): void {
  if (saleStart != null && saleEnd != null && Date.parse(saleStart) >= Date.parse(saleEnd)) {
    throw invalidRequest('saleEnd must be after saleStart', '/data/saleEnd');
  }
}

function assertTimes({ expiryInfo, schedule = [] }: Partial<MerchandiseTypes['input']>): void {
  if (expiryInfo && 'startDate' in expiryInfo && Date.parse(expiryInfo.startDate) > Date.parse(expiryInfo.expiryDate)) {
    throw invalidRequest('expiryInfo.expiryDate must not be before startDate', '/data/expiryInfo/expiryDate');
  }
  const index = schedule.findIndex(({ start, end }) => Date.parse(start) > Date.parse(end));
  if (index >= 0) {
    throw invalidRequest(`schedule[${index}].end must not be before start`, `/data/schedule/${index}/end`);
  }
}
