/** Gyms: the resource, and their public face. */
import { accountsService, type GymService, gymService, need } from '@palestra/core';
import type { Plugin } from '@palestra/server';
import { contract, type operations } from './contract.generated.js';
import { migrations } from './migrations.js';
import { createDiscovery, type PublicGym, publicView } from './operations.js';
import { facts, type GymServices, rules, type ShownGym } from './resource.js';
import { createStore } from './store.js';
import { version } from './version.generated.js';

export const gym: Plugin<{ operations: operations; needs: GymServices; service: GymService }> = {
  name: 'gym',
  version,
  host: '^1.0.0',
  contract,
  requires: { accounts: need(accountsService) },
  provides: gymService,
  migrations,
  setup(scope) {
    const resource = scope.resource<ShownGym>(facts, rules(scope.services));
    const store = createStore(scope.database);
    return {
      handlers: {
        operateGym: resource.operate,
        listGyms: resource.list,
        getGym: resource.get,
        deleteGym: resource.remove,
        discoverGyms: createDiscovery(resource.view<PublicGym>(publicView), store),
      },
      service: store,
    };
  },
};
