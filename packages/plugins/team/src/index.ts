/** Clubs: operators, coaches, teams and players, and the reference data they name. */
import { type AccountsService, accountsService, type ClubService, clubService, need } from '@palestra/core';
import type { Plugin } from '@palestra/server/plugin';
import { contract, type operations } from './contract.generated.js';
import { demo } from './demo.js';
import { migrations, personalData } from './migrations.js';
import { createOperations } from './operations.js';
import { createClubs } from './people/clubs.js';
import { createStore } from './store.js';
import { version } from './version.generated.js';

export interface TeamServices {
  readonly accounts: AccountsService;
}

export const team: Plugin<{ operations: operations; needs: TeamServices; service: ClubService }> = {
  name: 'team',
  version,
  host: '^1.0.0',
  contract,
  requires: { accounts: need(accountsService) },
  provides: clubService,
  migrations,
  personalData,
  // Adding and finding people one by one must not become a way to list them.
  rateLimits: {
    people: [
      { by: 'caller', requests: 120, seconds: 60 },
      { by: 'caller', requests: 1_000, seconds: 3600 },
    ],
  },
  demo,
  setup(scope) {
    const store = createStore(scope.database);
    const clubs = createClubs(store);
    const { accounts } = scope.services;
    return { ...createOperations(scope, { store, accounts, clubs }), service: clubs };
  },
};
