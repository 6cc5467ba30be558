/** What other plugins may ask of accounts: who somebody is, a higher role, tokens for machines; never a hash. */
import { type AccountsService, type AccountView, accountsService, type ServiceRef } from '@palestra/core';
import type { PasswordCheck } from '@palestra/core/auth';
import { parseAccountName } from '@palestra/core/auth';
import type { Accounts, FullAccount } from './account-store.js';
import type { EmailChanges } from './email-changes.js';
import type { ForgottenNames } from './forgotten-names.js';
import type { ImportAccounts } from './import.js';
import type { StoredMachineTokens } from './machine-tokens.js';
import type { ResetPassword } from './password-reset.js';
import type { Privileges } from './privileges.js';
import type { RegisterAccount } from './registration.js';
import type { Sessions } from './sessions.js';
import type { Authenticator, HostAccounts, Unsealer } from './types.js';
import type { WechatProof } from './wechat.js';
import type { WechatAccounts } from './wechat-accounts.js';

/** How an account begins. */
interface AccountRegistration {
  readonly register: RegisterAccount;
  readonly importAccounts: ImportAccounts;
  readonly forgottenNames: ForgottenNames;
}

/** What shows that somebody is the owner of an account. */
interface Credentials {
  /** Counts wrong ones like those of a sign-in. */
  readonly checkPassword: PasswordCheck;
  readonly resetPassword: ResetPassword;
  readonly proveByWechat: WechatProof;
}

/** What the steps of a request ask. */
interface Callers {
  readonly authenticator: Authenticator;
  /** For callers that an embedding app identifies. */
  readonly hostAccounts: HostAccounts;
  /** For sealed bodies (`x-sealed`). */
  readonly unsealer: Unsealer;
}

/** What only this package may ask of identity. */
export interface IdentityInternals {
  readonly accounts: Accounts;
  readonly registration: AccountRegistration;
  readonly credentials: Credentials;
  readonly privileges: Privileges;
  readonly emails: EmailChanges;
  readonly machines: StoredMachineTokens;
  readonly sessions: Sessions;
  readonly callers: Callers;
}

export type IdentityService = AccountsService & IdentityInternals;

export const identityService: ServiceRef<IdentityService> = { id: accountsService.id };

export function createService(wechat: WechatAccounts, internals: IdentityInternals): IdentityService {
  const { accounts } = internals;
  return {
    ...internals,
    async find(id) {
      const account = await accounts.find(id);
      return account && viewOf(account);
    },
    findMany: async (ids) => (await accounts.findMany(ids)).map(viewOf),
    findByEmail: (email) => named(accounts, email, (account) => account.email),
    findByUsername: (username) => named(accounts, username, (account) => account.username),
    async raise(id, role, unit, { endTokens = false } = {}) {
      if (!(await accounts.lock(id, unit))) return false;
      if ((await accounts.raiseRole(id, role, unit)) && endTokens) await accounts.endAccessTokens(id, unit);
      return true;
    },
    lock: (id, unit) => accounts.lock(id, unit),
    wechatOpenid: wechat.openidOf,
    async lower(id, role, unit) {
      if (await accounts.lock(id, unit)) await accounts.lowerRole(id, await role(), unit);
    },
  };
}

/** User names and emails are kept together: the account is meant by `nameOf` only. */
async function named(
  accounts: Accounts,
  name: string,
  nameOf: (account: FullAccount) => string | null,
): Promise<AccountView | undefined> {
  const key = parseAccountName(name)?.key;
  const account = key === undefined ? undefined : await accounts.findByNameKey(key);
  const own = account && nameOf(account);
  return account && own != null && parseAccountName(own)?.key === key ? viewOf(account) : undefined;
}

function viewOf(account: FullAccount): AccountView {
  const { id, username, email, emailVerified, firstName, lastName, address, role, disabled } = account;
  const { shareEmail, shareAddress } = account;
  return { id, username, email, emailVerified, firstName, lastName, address, role, disabled, shareEmail, shareAddress };
}
