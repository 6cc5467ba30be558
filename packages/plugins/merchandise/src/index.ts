/** Merchandise: what gyms sell, and its public face. */
import { gymService, type MerchandiseService, merchandiseService, need } from '@palestra/core';
import type { Plugin } from '@palestra/server';
import { contract, type operations } from './contract.generated.js';
import { migrations } from './migrations.js';
import { createDiscovery, type PublicMerchandise, publicView } from './operations.js';
import { facts, type MerchandiseServices, rules, type ShownMerchandise } from './resource.js';
import { createStore } from './store.js';
import { version } from './version.generated.js';

interface MerchandiseTypes {
  operations: operations;
  needs: MerchandiseServices;
  service: MerchandiseService;
}

export const merchandise: Plugin<MerchandiseTypes> = {
  name: 'merchandise',
  version,
  host: '^1.0.0',
  contract,
  requires: { gyms: need(gymService) },
  provides: merchandiseService,
  migrations,
  setup(scope) {
    const { gyms } = scope.services;
    const resource = scope.resource<ShownMerchandise>(facts, rules(scope.services));
    const store = createStore(scope.database);
    const view = resource.view<PublicMerchandise>(publicView);
    return {
      handlers: {
        operateMerchandise: resource.operate,
        listMerchandise: resource.list,
        getMerchandise: resource.get,
        deleteMerchandise: resource.remove,
        discoverMerchandise: createDiscovery(view, gyms, store),
      },
      service: store,
    };
  },
};
