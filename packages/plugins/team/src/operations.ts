/** The handlers of clubs and teams: of each resource, of the two older names, and of players. */
import { catalogue, type Handlers, PalestraError } from '@palestra/core';
import type { PluginScope } from '@palestra/server/plugin';
import { type operations, resources } from './contract.generated.js';
import { createPlayers } from './people/players.js';
import { toFoundUser } from './people/users.js';
import { createRules, type RuleParts } from './resource.js';

type Scope = Pick<PluginScope<{ operations: operations }>, 'resource' | 'database' | 'audit'>;

export function createOperations(scope: Scope, parts: RuleParts): Handlers<operations> {
  const { database, audit, resource } = scope;
  const { store, accounts, clubs } = parts;
  const rules = createRules(parts);
  const operators = resource(resources.Operator, rules.operator).handlers;
  const coaches = resource(resources.Coach, rules.coach).handlers;
  const teams = resource(resources.Team, rules.team);
  return {
    ...resource(resources.Country).handlers,
    ...resource(resources.City, rules.city).handlers,
    ...resource(resources.League, rules.league).handlers,
    ...operators,
    addOperator: operators.createOperator,
    ...coaches,
    addCoach: (request, call) => coaches.createCoach(request, call),
    ...teams.handlers,
    ...createPlayers({ database, audit, store, teams, accounts, clubs }),
    async findUser({ query }) {
      const account = await accounts.findByEmail(query.email);
      if (!account || account.disabled) throw new PalestraError(catalogue.resourceNotFound, 'User not found');
      return toFoundUser(account);
    },
  };
}
