/** STAMS: their registration, their operators, the games they play and the results they send. */
import {
  type AccountsService,
  accountsService,
  type ClubService,
  clubService,
  need,
  type Schema,
} from '@palestra/core';
import type { Plugin } from '@palestra/server';
import { contract, type operations } from './contract.generated.js';
import { createBoots } from './devices/boots.js';
import { createPresence } from './devices/presence.js';
import { createReach } from './devices/reach.js';
import { createRegistration } from './devices/registration.js';
import { createResults } from './devices/results.js';
import { createSelf } from './devices/self.js';
import { createStatusStore } from './devices/status-store.js';
import { createCatalogue } from './games/catalogue.js';
import { createGames } from './games/store.js';
import { migrations } from './migrations.js';
import { createGameOperations, createStamsOperations } from './operations.js';
import { createStore } from './store.js';
import { version } from './version.generated.js';

export interface StamsConfig {
  readonly registrationsPerHour: number;
  readonly lastSeenSeconds: number;
}

export interface StamsServices {
  readonly accounts: AccountsService;
  readonly clubs: ClubService;
}

const configSchema: Schema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    registrationsPerHour: {
      type: 'integer',
      minimum: 0,
      default: 600,
      description: 'STAMS that get a token within an hour, at most; 0 for any number.',
    },
    lastSeenSeconds: {
      type: 'number',
      exclusiveMinimum: 0,
      maximum: 3600,
      default: 60,
      description: 'When a STAMS was last seen is written at most once in so many seconds.',
    },
  },
};

export const stams: Plugin<{ operations: operations; config: StamsConfig; needs: StamsServices }> = {
  name: 'stams',
  version,
  host: '^1.0.0',
  contract,
  config: configSchema,
  requires: { accounts: need(accountsService), clubs: need(clubService) },
  migrations,
  setup({ database, services, config, audit, clock, log }) {
    const { clubs } = services;
    const store = createStore(database);
    const boots = createBoots(database);
    const results = createResults(database, clock);
    const presence = createPresence({
      store: createStatusStore(database, boots),
      clock,
      log,
      intervalMs: config.lastSeenSeconds * 1000,
    });
    const { registrationsPerHour } = config;
    const registration = createRegistration({
      database,
      store,
      boots,
      ...services,
      clock,
      audit,
      registrationsPerHour,
    });
    const games = createGames({ database, audit, changed: () => catalogue.forget() });
    const catalogue = createCatalogue(games, clock);
    const reach = createReach(store, clubs);
    return {
      handlers: {
        ...createStamsOperations({ database, audit, store, clubs, registration, reach, presence, results }),
        ...createGameOperations(games),
        ...createSelf({ store, catalogue, presence, boots, results, log }),
      },
      start: () => presence.start(),
      stop: () => presence.stop(),
    };
  },
};
