/** Merchandise: what gyms sell, and its public face. */
import { gymService, type MerchandiseService, merchandiseService, need } from '@palestra/core';
import type { Plugin } from '@palestra/server/plugin';
import { contract, type operations, resources } from './contract.generated.js';
import { demo } from './demo.js';
import { migrations } from './migrations.js';
import { createDiscovery } from './operations.js';
import { assertItem, type MerchandiseServices, rules } from './resource.js';
import { createStore } from './store.js';
import { version } from './version.generated.js';

interface Types {
  operations: operations;
  needs: MerchandiseServices;
  service: MerchandiseService;
}

export const merchandise: Plugin<Types> = {
  name: 'merchandise',
  version,
  host: '^1.0.0',
  contract,
  requires: { gyms: need(gymService) },
  provides: merchandiseService,
  migrations,
  demo,
  setup({ services, database, resource, host: { clock } }) {
    const items = resource(resources.Merchandise, rules(services));
    const store = createStore(database);
    const discoverMerchandise = createDiscovery({ view: items.view('discovery'), gyms: services.gyms, store, clock });
    return {
      handlers: { ...items.handlers, discoverMerchandise },
      service: store,
      data: { imports: [items.importer('merchandise', { check: assertItem })] },
    };
  },
};
