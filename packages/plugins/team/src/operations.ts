/** The handlers of clubs and teams: of each resource, of the two older names, and of players. */
import { catalogue, type Handlers, PalestraError, type PluginData } from '@palestra/core';
import type { PluginScope } from '@palestra/server/plugin';
import { type operations, resources } from './contract.generated.js';
import { playerImporter } from './people/import.js';
import { createPlayers } from './people/players.js';
import { toFoundUser } from './people/users.js';
import { createRules, type RuleParts } from './resource.js';

type Scope = Pick<PluginScope<{ operations: operations }>, 'resource' | 'database' | 'audit'>;

export interface Operations {
  readonly handlers: Handlers<operations>;
  readonly data: PluginData;
}

export function createOperations(scope: Scope, parts: RuleParts): Operations {
  const { database, audit, resource } = scope;
  const { store, accounts, clubs } = parts;
  const rules = createRules(parts);
  const countries = resource(resources.Country);
  const cities = resource(resources.City, rules.city);
  const leagues = resource(resources.League, rules.league);
  const operators = resource(resources.Operator, rules.operator);
  const coaches = resource(resources.Coach, rules.coach);
  const teams = resource(resources.Team, rules.team);
  const handlers: Handlers<operations> = {
    ...countries.handlers,
    ...cities.handlers,
    ...leagues.handlers,
    ...operators.handlers,
    addOperator: operators.handlers.createOperator,
    ...coaches.handlers,
    addCoach: (request, call) => coaches.handlers.createCoach(request, call),
    ...teams.handlers,
    ...createPlayers({ database, audit, store, teams, accounts, clubs }),
    async findUser({ query }) {
      const account = await accounts.findByEmail(query.email);
      if (!account || account.disabled) throw new PalestraError(catalogue.resourceNotFound, 'User not found');
      return toFoundUser(account);
    },
  };
  return {
    handlers,
    data: {
      imports: [
        countries.importer('countries'),
        cities.importer('cities'),
        leagues.importer('leagues'),
        operators.importer('operators'),
        coaches.importer('coaches'),
        teams.importer('teams'),
        playerImporter(store),
      ],
    },
  };
}
