/** Clubs: operators, coaches, teams and players, and the reference data they name. */
import { type AccountsService, accountsService, type ClubService, clubService, need } from '@palestra/core';
import type { Plugin } from '@palestra/server';
import { contract, type operations } from './contract.generated.js';
import { migrations } from './migrations.js';
import { createOperations } from './operations.js';
import { createKinds } from './records/kinds.js';
import { createPlayers } from './records/players.js';
import { createRecords } from './records/records.js';
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
  setup({ database, audit, services: { accounts } }) {
    const store = createStore(database);
    const kinds = createKinds(store, accounts);
    const teams = createRecords({ database, audit }, kinds.team);
    return {
      handlers: createOperations({
        countries: createRecords({ database, audit }, kinds.country),
        cities: createRecords({ database, audit }, kinds.city),
        leagues: createRecords({ database, audit }, kinds.league),
        operators: createRecords({ database, audit }, kinds.operator),
        coaches: createRecords({ database, audit }, kinds.coach),
        teams,
        players: createPlayers({ database, audit, store, teams, accounts }),
        store,
      }),
      service: store.clubs,
    };
  },
};
