/** What other plugins may ask of accounts: who somebody is, a higher role, tokens for machines; never a hash. */
import { type AccountsService, type AccountView, accountsService, type ServiceRef } from '@palestra/core';
import type { Accounts, FullAccount } from './account-store.js';
import type { ImportAccounts } from './import.js';
import type { StoredMachineTokens } from './machine-tokens.js';
import type { Privileges } from './privileges.js';
import type { RegisterAccount } from './registration.js';
import type { Authenticator, HostAccounts, Unsealer } from './types.js';

/** What only this package may ask of identity. */
export interface IdentityInternals {
  readonly machines: StoredMachineTokens;
  readonly privileges: Privileges;
  readonly register: RegisterAccount;
  readonly importAccounts: ImportAccounts;
  readonly authenticator: Authenticator;
  /** For callers that an embedding app identifies. */
  readonly hostAccounts: HostAccounts;
  /** For the step that opens sealed bodies (`x-sealed`). */
  readonly unsealer: Unsealer;
}

export type IdentityService = AccountsService & IdentityInternals;

export const identityService: ServiceRef<IdentityService> = { id: accountsService.id };

export function createService(accounts: Accounts, internals: IdentityInternals): IdentityService {
  return {
    ...internals,
    async find(id) {
      const account = await accounts.find(id);
      return account && viewOf(account);
    },
    findMany: async (ids) => (await accounts.findMany(ids)).map(viewOf),
    raise: async (id, role, unit) =>
      (await accounts.raiseRole(id, role, unit)) || (await accounts.find(id, unit)) !== undefined,
  };
}

function viewOf({ id, username, email, firstName, lastName, address, role, disabled }: FullAccount): AccountView {
  return { id, username, email, firstName, lastName, address, role, disabled };
}
