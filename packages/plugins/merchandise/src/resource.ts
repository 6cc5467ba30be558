/** Who may sell what: the owner of a gym puts merchandise on sale there and changes it; an admin anywhere. */
import {
  accountIdOf,
  type GymService,
  includes,
  invalidRequest,
  invalidResourceParameter,
  permissionDenied,
} from '@palestra/core';
import type { ResourceRules, Writing } from '@palestra/server/plugin';
import type { MerchandiseTypes } from './contract.generated.js';

export interface MerchandiseServices {
  readonly gyms: GymService;
}

export function rules({ gyms }: MerchandiseServices): ResourceRules<MerchandiseTypes> {
  async function assertSells(id: number, { call: { principal }, unit }: Writing): Promise<void> {
    const gym = await gyms.find(id, unit);
    if (!gym) throw invalidResourceParameter('gym', 'Merchandise', '/data/gym');
    const owns = gym.owner !== null && gym.owner === accountIdOf(principal);
    if (!owns && !includes(principal.privilege, 'admin')) throw permissionDenied();
  }
  return {
    prepare(input) {
      assertTimes(input);
      return input;
    },
    beforeCreate: (after, writing) => assertSells(after.gym, writing),
    async beforeUpdate(before, after, writing) {
      await assertSells(before.gym, writing);
      if (after.gym !== before.gym) await assertSells(after.gym, writing);
    },
  };
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
