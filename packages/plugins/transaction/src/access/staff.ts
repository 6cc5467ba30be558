/** Who works for a gym: its owner, for every task, and admins. */
import { accountIdOf, type GymService, includes, type Principal } from '@palestra/core';

type Task = 'admit' | 'sell';

export interface Staff {
  may(task: Task, gym: number, principal: Principal): Promise<boolean>;
}

export function createStaff(gyms: GymService): Staff {
  return {
    async may(_task, gym, principal) {
      if (includes(principal.privilege, 'admin')) return true;
      const account = accountIdOf(principal);
      return account !== undefined && (await gyms.find(gym))?.owner === account;
    },
  };
}
