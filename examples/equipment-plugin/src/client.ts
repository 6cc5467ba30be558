/** The client part: `createClient({ baseUrl, plugins: [equipmentClient] }).equipment`. */
import { type ClientPlugin, type Resource, resource } from '@palestra/client';
import * as operations from './client.generated.js';

type Schemas = operations.components['schemas'];

export type Equipment = Schemas['Equipment'];

export interface EquipmentTypes {
  item: Equipment;
  create: Schemas['EquipmentCreate']['data'];
  query: Schemas['EquipmentQuery']['data'];
  update: Schemas['EquipmentUpdate']['data'];
}

export interface EquipmentApi extends Resource<EquipmentTypes> {
  /** The types there are, and how much equipment is of each. */
  types(): Promise<{ name: string; count: number }[]>;
}

export const equipmentClient: ClientPlugin<'equipment', EquipmentApi, typeof operations> = {
  name: 'equipment',
  operations,
  setup: (scope) => ({
    ...resource<EquipmentTypes>(scope, {
      operate: operations.operateEquipment,
      list: operations.listEquipment,
      get: operations.getEquipment,
      delete: operations.deleteEquipment,
    }),
    types: () => scope.call(operations.listEquipmentTypes),
  }),
};
