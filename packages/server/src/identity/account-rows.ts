/** Between an account and its row. */
import { fold, type Role } from '@palestra/core';
import type { StoredAccount } from '@palestra/core/auth';
import type { Row, Scalar } from '../database/types.js';

export interface NewAccount {
  readonly username: string;
  readonly email: string | null;
  readonly firstName: string | null;
  readonly lastName: string | null;
  readonly address: string | null;
  readonly role: Role;
  readonly passwordHash: string | null;
}

/** Every column; what leaves identity is picked from it. */
export interface FullAccount extends StoredAccount {
  readonly address: string | null;
}

/** What `toAccount` reads. */
export const accountColumns: readonly string[] = [
  'account.id',
  'account.username',
  'account.email',
  'account.first_name',
  'account.last_name',
  'account.address',
  'account.role',
  'account.disabled',
  'account.token_version',
  'account.password_hash',
];

const emptyAccount: NewAccount = {
  username: '',
  email: null,
  firstName: null,
  lastName: null,
  address: null,
  role: 'player',
  passwordHash: null,
};

/** The columns of an insert. */
export function toRow(account: NewAccount, now: number): Record<string, Scalar> {
  const { username, email, firstName, lastName, address, role, passwordHash } = account;
  return {
    username,
    username_folded: fold(username),
    email,
    email_folded: folded(email),
    first_name: firstName,
    first_name_folded: folded(firstName),
    last_name: lastName,
    last_name_folded: folded(lastName),
    address,
    address_folded: folded(address),
    role,
    password_hash: passwordHash,
    created_at: now,
    updated_at: now,
  };
}

export const folded = (text: string | null): string | null => (text === null ? null : fold(text));

export function toAccount(row: Row): FullAccount {
  return {
    id: row.id as number,
    username: row.username as string,
    email: row.email as string | null,
    firstName: row.first_name as string | null,
    lastName: row.last_name as string | null,
    address: row.address as string | null,
    role: row.role as Role,
    disabled: row.disabled !== 0,
    tokenVersion: row.token_version as number,
    passwordHash: row.password_hash as string | null,
  };
}

/** Names of the columns that `toRow` gives. */
export const insertedColumns: readonly string[] = Object.keys(toRow(emptyAccount, 0));
