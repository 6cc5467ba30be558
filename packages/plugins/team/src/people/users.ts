/**
 * Accounts as the club API shows and finds them: everybody's name, the email and the address as far as they are shared.
 * A caller who names an exact email knows it already; a number tells nothing of an account beyond a player's name.
 */
import {
  type AccountsService,
  type AccountView,
  displayName,
  includes,
  invalidRequest,
  type Principal,
  parseId,
  requiredForRequest,
} from '@palestra/core';
import type { components } from '../contract.generated.js';

export type Player = components['schemas']['Player'];
type UserName = components['schemas']['ClubUserName'];
type FoundUser = components['schemas']['FoundUser'];

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
    shown.user = { email: account?.shareEmail ? account.email : null, name: account ? displayName(account) : '' };
  }
}

export interface PlayerView {
  readonly account: AccountView;
  /** Whether the player was found by the email. */
  readonly emailKnown: boolean;
  /** `team` for those who manage it, `mate` for its other players, `all` for those who may see every user. */
  readonly to: 'team' | 'mate' | 'all';
}

export function toPlayer({ account, emailKnown, to }: PlayerView): Player {
  const { id, firstName, lastName, email, address, shareEmail, shareAddress } = account;
  const showsEmail = to === 'all' || (to === 'team' && (shareEmail || emailKnown));
  const showsAddress = to === 'all' || (to === 'team' && shareAddress);
  return {
    id,
    first_name: firstName,
    last_name: lastName,
    email: showsEmail ? email : null,
    address: showsAddress ? address : null,
  };
}

export function toFoundUser({ id, firstName, lastName, email }: AccountView): FoundUser {
  return { id, first_name: firstName, last_name: lastName, email };
}

interface Named {
  readonly user_id?: string | number;
  readonly email?: string;
}

/**
 * A position's fields as they are stored: `email` becomes the `user_id` it names. A caller below admin gives no position
 * to an admin, who does not exist for it.
 * @throws PalestraError 400
 */
export async function withUser<Input extends Named>(
  { email, ...input }: Input,
  principal: Principal,
  accounts: AccountsService,
): Promise<Omit<Input, 'email'>> {
  if (email !== undefined && input.user_id !== undefined)
    throw invalidRequest('Send user_id or email, not both', '/email');
  const { user_id } = input;
  if (email === undefined && user_id === undefined) return input;
  const account = await (email === undefined ? accounts.find(parseId(user_id) ?? 0) : accounts.findByEmail(email));
  if (!account || isHidden(account, principal)) {
    throw invalidRequest('User not found', email === undefined ? '/user_id' : '/email');
  }
  return { ...input, user_id: account.id };
}

/** @throws PalestraError 400 unless a create names a user */
export function assertNamed({ user_id }: Named): void {
  if (user_id === undefined) throw requiredForRequest('user_id', '/user_id');
}

function isHidden({ role }: AccountView, { privilege }: Principal): boolean {
  return includes(role, 'admin') && !includes(privilege, 'admin');
}
