/** Sign-in by user name and password: a short token, and a refresh token of which the database keeps the hash. */
import { createHash, randomBytes } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { db } from './database.js';
import { matches } from './passwords.js';
import { secretKey } from './settings.js';

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

export interface AccountRow {
  readonly id: number;
  readonly username: string;
  readonly password_hash: string;
  readonly level: number;
}

export interface Tokens {
  readonly token_type: 'bearer';
  readonly access_token: string;
  readonly refresh_token: string;
  readonly expires_in: number;
}

const lifetime = 3600;

/** Undefined for a wrong user name or password. */
export async function checked({ username, password }: Credentials): Promise<AccountRow | undefined> {
  const account = await db<AccountRow>('account').where({ username }).first();
  return account && (await matches(password, account.password_hash)) ? account : undefined;
}

export const claimsOf = ({ id, username, level }: AccountRow) => ({ sub: String(id), user: username, level });

/** `access` is made by whatever the framework has for it. */
export async function tokensFor({ id }: AccountRow, access: string): Promise<Tokens> {
  const refresh = randomBytes(32).toString('base64url');
  const hash = createHash('sha256').update(refresh).digest('hex');
  await db('session').insert({ account_id: id, hash, created_at: Date.now() });
  return { token_type: 'bearer', access_token: access, refresh_token: refresh, expires_in: lifetime };
}

export async function signIn(credentials: Credentials): Promise<Tokens | undefined> {
  const account = await checked(credentials);
  return account && tokensFor(account, jwt.sign(claimsOf(account), secretKey, { expiresIn: lifetime }));
}
