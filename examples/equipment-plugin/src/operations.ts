/** The handlers beside the resource's own. */
import { type Handlers, resourceNotFound } from '@palestra/core';
import type { operations } from './contract.generated.js';
import type { Store } from './store.js';

export type TypeOperations = Pick<operations, 'listEquipmentTypes' | 'deleteEquipmentType' | 'getEquipmentUsage'>;

export function createOperations(store: Store): Handlers<TypeOperations> {
  return {
    listEquipmentTypes: () => store.types(),
    async deleteEquipmentType({ params: { name } }) {
      if (!(await store.removeType(name))) throw resourceNotFound('EquipmentType', name);
      return {};
    },
    getEquipmentUsage: async () => ({ visits: await store.visits() }),
  };
}
