/** Gyms: the resource, their staff, and their public face. */
import {
  type AccountsService,
  accountsService,
  type ClubService,
  clubService,
  type GymService,
  gymService,
  need,
  want,
} from '@palestra/core';
import type { Plugin } from '@palestra/server/plugin';
import { contract, type operations, resources } from './contract.generated.js';
import { demo } from './demo.js';
import { migrations, personalData } from './migrations.js';
import { createDiscovery } from './operations.js';
import { rules } from './resource.js';
import { createAccess } from './staff/access.js';
import { createStaffOperations } from './staff/operations.js';
import { createStaffStore } from './staff/store.js';
import { createStore } from './store.js';
import { version } from './version.generated.js';

export interface GymServices {
  readonly accounts: AccountsService;
  readonly clubs: ClubService | undefined;
}

export const gym: Plugin<{ operations: operations; needs: GymServices; service: GymService }> = {
  name: 'gym',
  version,
  host: '^1.0.0',
  contract,
  requires: { accounts: need(accountsService), clubs: want(clubService) },
  provides: gymService,
  migrations,
  personalData,
  // Adding people one by one must not become a way to list them.
  rateLimits: {
    people: [
      { by: 'caller', requests: 120, seconds: 60 },
      { by: 'caller', requests: 1_000, seconds: 3600 },
    ],
  },
  demo,
  setup({ services: { accounts, clubs }, database, resource, audit, host: { clock } }) {
    const store = createStore(database);
    const staff = createStaffStore(database);
    const access = createAccess({ database, staff, find: store.find, clubs });
    const gyms = resource(resources.Gym, rules(access, clubs));
    clubs?.onDelete(store.leaveClub);
    return {
      handlers: {
        ...gyms.handlers,
        ...createStaffOperations({ database, audit, clock, accounts, gyms, access, staff, find: store.find }),
        discoverGyms: createDiscovery(gyms.view('discovery'), store),
      },
      service: { ...store, ...access },
      data: { imports: [gyms.importer('gyms', { references: { club: 'operator' } })] },
    };
  },
};
