/** People of the accounts, as the club API shows them. */
import { type AccountsService, type AccountView, displayName } from '@palestra/core';
import type { components } from '../contract.generated.js';

export type Player = components['schemas']['Player'];
export type UserName = components['schemas']['ClubUserName'];

interface NamedRow {
  readonly shown: { user: UserName };
  readonly record: { readonly user_id: number };
}

/** Fills in `user`, by the account that each record names. */
export async function completeUsers(rows: readonly NamedRow[], accounts: AccountsService): Promise<void> {
  const ids = new Set(rows.map(({ record }) => record.user_id));
  const found = new Map((await accounts.findMany([...ids])).map((account) => [account.id, account]));
  for (const { shown, record } of rows) {
    const account = found.get(record.user_id);
    shown.user = { email: account?.email ?? null, name: account ? displayName(account) : '' };
  }
}

export function toPlayer({ id, firstName, lastName, email, address }: AccountView): Player {
  return { id, first_name: firstName, last_name: lastName, email, address };
}
