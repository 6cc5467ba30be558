/** Gyms: the resource, and their public face. */
import { type GymService, gymService } from '@palestra/core';
import type { Plugin } from '@palestra/server/plugin';
import { contract, type operations, resources } from './contract.generated.js';
import { migrations } from './migrations.js';
import { createDiscovery } from './operations.js';
import { rules } from './resource.js';
import { createStore } from './store.js';
import { version } from './version.generated.js';

export const gym: Plugin<{ operations: operations; service: GymService }> = {
  name: 'gym',
  version,
  host: '^1.0.0',
  contract,
  provides: gymService,
  migrations,
  setup(scope) {
    const gyms = scope.resource(resources.Gym, rules);
    const store = createStore(scope.database);
    return {
      handlers: { ...gyms.handlers, discoverGyms: createDiscovery(gyms.view('discovery'), store) },
      service: store,
    };
  },
};
