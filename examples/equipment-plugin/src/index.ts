/** Equipment of gyms: a resource, its types, and a count of the visits that wear it. */
import { on, transactionEvents } from '@palestra/core';
import type { Plugin } from '@palestra/server/plugin';
import { contract, type operations, resources } from './contract.generated.js';
import { errors } from './errors.js';
import { migrations } from './migrations.js';
import { createOperations } from './operations.js';
import { rules } from './resource.js';
import { type EquipmentService, equipmentService } from './service.js';
import { createStore } from './store.js';
import { version } from './version.generated.js';

export { type EquipmentService, equipmentService } from './service.js';

export interface EquipmentConfig {
  /** `open`: naming a type that does not exist makes it. `closed`: it is refused. */
  readonly types: 'open' | 'closed';
}

export interface PluginTypes {
  operations: operations;
  config: EquipmentConfig;
  service: EquipmentService;
}

export const equipment: Plugin<PluginTypes> = {
  name: 'equipment',
  version,
  host: '^1.0.0',
  contract,
  config: {
    type: 'object',
    additionalProperties: false,
    properties: { types: { enum: ['open', 'closed'], default: 'open' } },
  },
  provides: equipmentService,
  errors,
  migrations,
  setup({ config, database, resource, host: { clock } }) {
    const store = createStore(database);
    const makesTypes = config.types === 'open';
    const items = resource(resources.Equipment, rules({ store, now: () => clock.now(), makesTypes }));
    return {
      handlers: {
        ...items.handlers,
        ...createOperations(store),
      },
      service: {
        async find(id) {
          const found = await items.find(id);
          return found && { name: found.name, type: found.type?.name ?? null };
        },
      },
      subscriptions: [on(transactionEvents.used, ({ id, occurredAt }) => store.countVisit(id, occurredAt))],
    };
  },
};
