/** Puts the parts of a running host's STAMS together. */
import type { AccountsService, ClubService, PluginParts } from '@palestra/core';
import type { PluginScope } from '@palestra/server/plugin';
import type { StamsConfig } from './config.js';
import { type operations, resources } from './contract.generated.js';
import { createAccess } from './devices/access.js';
import { createBoots } from './devices/boots.js';
import { stamsImporter } from './devices/import.js';
import { createListPlayed } from './devices/played.js';
import { createPresence } from './devices/presence.js';
import { createRegistration } from './devices/registration.js';
import { createResults } from './devices/results.js';
import { createSelf } from './devices/self.js';
import { createStatusStore } from './devices/status-store.js';
import { createCatalogue } from './games/catalogue.js';
import { wholeGame } from './games/config.js';
import { createGameStore } from './games/store.js';
import { createResultOperations, createStamsOperations } from './operations.js';
import { createStore } from './store.js';

export interface StamsServices {
  readonly accounts: AccountsService;
  readonly clubs: ClubService;
}

export interface StamsTypes {
  operations: operations;
  config: StamsConfig;
  needs: StamsServices;
}

export function setUp(scope: PluginScope<StamsTypes>): PluginParts<StamsTypes> {
  const { config, services, database, audit } = scope;
  const { clock, log } = scope.host;
  const { clubs } = services;
  const { registrationsPerHour, lastSeenSeconds } = config;
  const store = createStore(database);
  const boots = createBoots(database, clock);
  const results = createResults({ database, store, clock, accounts: services.accounts });
  const presence = createPresence({
    store: createStatusStore(database),
    clock,
    log,
    intervalMs: lastSeenSeconds * 1000,
  });
  const registration = createRegistration({ database, store, boots, ...services, clock, audit, registrationsPerHour });
  const gameStore = createGameStore(database);
  const catalogue = createCatalogue(gameStore, clock);
  const games = scope.resource(
    resources.Game,
    gameStore.rules(() => catalogue.forget()),
  );
  const access = createAccess(store, clubs);
  return {
    handlers: {
      ...createStamsOperations({ database, audit, store, clubs, registration, access, presence }),
      ...createResultOperations({ access, results, listPlayed: createListPlayed(database, clubs) }),
      ...games.handlers,
      addGame: (request, call) => games.handlers.createGame(request, call),
      ...createSelf({ store, catalogue, presence, boots, results, log }),
    },
    data: {
      imports: [stamsImporter(store), games.importer('games', { check: wholeGame })],
      removers: { stams: (uid, call) => registration.remove(uid, call) },
    },
    start: () => presence.start(),
    stop: () => presence.stop(),
  };
}
