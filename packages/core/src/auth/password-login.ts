/** The check behind every scheme with a password: the same work for a known and an unknown name. */
import { fold } from '../fold.js';
import { parseName } from './names.js';
import type { Passwords } from './passwords.js';
import type { AccountStore, StoredAccount } from './stores.js';

/** Counts checks of passwords, so that nobody guesses for long. */
export interface LoginGuard {
  /**
   * Counts one, for a key of the user name. What it gives takes it back, for a password that was right.
   * @throws PalestraError `tooManyRequests`
   */
  attempt(nameKey: string): Promise<{ succeeded(): Promise<void> }>;
}

export interface PasswordLoginOptions {
  readonly accounts: AccountStore;
  readonly passwords: Passwords;
  readonly guard?: LoginGuard;
}

export type LoginOutcome =
  | { readonly kind: 'accepted'; readonly account: StoredAccount }
  /** `wrong` covers a disabled account and one without a password. */
  | { readonly kind: 'unknown' | 'wrong' };

export async function logIn(
  username: string,
  password: string,
  { accounts, passwords, guard }: PasswordLoginOptions,
): Promise<LoginOutcome> {
  const name = parseName(username);
  const attempt = await guard?.attempt(name?.key ?? fold(username));
  const account = name && (await accounts.findByNameKey(name.key));
  const { valid, outdated } = await passwords.verify(password, account?.passwordHash, await accounts.legacyRounds());
  if (!account) return { kind: 'unknown' };
  if (!valid || account.disabled) return { kind: 'wrong' };
  await attempt?.succeeded();
  if (outdated && account.passwordHash !== null) await rehash(account.id, account.passwordHash, password);
  return { kind: 'accepted', account };

  async function rehash(id: number, from: string, password: string): Promise<void> {
    // The next sign-in does it if the server is too busy now.
    const to = await passwords.hash(password).catch(() => undefined);
    if (to !== undefined) await accounts.replacePasswordHash(id, from, to);
  }
}
