/** What other plugins may ask of accounts: who somebody is, a higher role, tokens for machines; never a hash. */
import {
  type AccountsService,
  type AccountView,
  accountsService,
  ladder,
  type Role,
  rankOf,
  type ServiceRef,
} from '@palestra/core';
import { afterCommit } from '../database/after-commit.js';
import type { Database, Statement } from '../database/types.js';
import type { FullAccount } from './account-rows.js';
import type { HostAccounts } from './host-accounts.js';
import type { ImportAccounts } from './import.js';
import type { StoredMachineTokens } from './machine-tokens.js';
import type { Privileges } from './privileges.js';
import type { Registration } from './registration.js';
import type { Accounts } from './store.js';
import type { Authenticator, Unsealer } from './types.js';

/** The same service, with what only this package may ask of it. */
export interface IdentityService extends AccountsService {
  readonly machines: StoredMachineTokens;
  readonly privileges: Privileges;
  readonly registration: Registration;
  readonly importAccounts: ImportAccounts;
  readonly authenticator: Authenticator;
  /** For callers whom an embedding app vouches for. */
  readonly hostAccounts: Pick<HostAccounts, 'principalOf'>;
  /** For the step that opens sealed bodies (`x-sealed`). */
  readonly unsealer: Unsealer;
}

export const identityService: ServiceRef<IdentityService> = { id: accountsService.id };

export interface ServiceOptions {
  readonly database: Database;
  readonly accounts: Accounts;
  readonly machines: StoredMachineTokens;
  readonly privileges: Privileges;
  readonly registration: Registration;
  readonly importAccounts: ImportAccounts;
  readonly authenticator: Authenticator;
  readonly hostAccounts: HostAccounts;
  readonly unsealer: Unsealer;
  /** Called after a commit that ended tokens. */
  readonly changed: () => void;
}

export function createService(options: ServiceOptions): IdentityService {
  const { database, accounts, machines, privileges, registration, importAccounts, changed } = options;
  const { authenticator, hostAccounts, unsealer } = options;
  const raises = new Map<Role, Statement>(ladder.map((role) => [role, composeRaise(database, role)]));
  return {
    machines,
    privileges,
    registration,
    importAccounts,
    authenticator,
    hostAccounts,
    unsealer,
    async find(id) {
      const account = await accounts.find(id);
      return account && viewOf(account);
    },
    async findMany(ids) {
      return (await accounts.findMany(ids)).map(viewOf);
    },
    async raise(id, role, unit) {
      const raised = await raises.get(role)?.run({ id }, unit);
      afterCommit(unit, changed);
      return raised?.affected === 1 || (await accounts.find(id, unit)) !== undefined;
    },
  };
}

/** Only from a lower rank; the new token version ends the tokens that still say the old one. */
function composeRaise(database: Database, role: Role): Statement {
  const lower = ladder.filter((other) => rankOf(other) > rankOf(role));
  return database.statement((knex, parameter) =>
    knex('account')
      .where({ id: parameter('id') })
      .whereIn('role', lower)
      .update({ role, token_version: knex.raw('token_version + 1') }),
  );
}

function viewOf({ id, username, email, firstName, lastName, address, role, disabled }: FullAccount): AccountView {
  return { id, username, email, firstName, lastName, address, role, disabled };
}
