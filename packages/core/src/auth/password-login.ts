/** The check behind every scheme with a password: the same work for a known and an unknown name. */
import { fold } from '../fold.js';
import { parseAccountName } from './account-name.js';
import type { Passwords } from './passwords.js';
import type { AccountStore, StoredAccount } from './stores.js';

/** Where a password is tried from. */
export interface LoginCall {
  /** The client's address. */
  readonly ip: string;
}

/** Counts checks of passwords, so that guessing is slow. */
interface LoginGuard {
  /**
   * Counts one, for a key of the user name. What it returns takes it back, for a password that was right.
   * @throws PalestraError `tooManyRequests`
   */
  attempt(nameKey: string, call: LoginCall): Promise<{ succeeded(): Promise<void> }>;
}

export interface PasswordLoginOptions {
  readonly accounts: AccountStore;
  readonly passwords: Passwords;
  readonly guard?: LoginGuard;
}

type LoginOutcome =
  | { readonly kind: 'accepted'; readonly account: StoredAccount }
  /** `wrong` covers a disabled account and one without a password. */
  | { readonly kind: 'unknown' | 'wrong' };

/** @throws PalestraError `tooManyRequests`, or `unavailable` when too many passwords are being checked */
export type PasswordLogin = (username: string, password: string, call: LoginCall) => Promise<LoginOutcome>;

export function createPasswordLogin({ accounts, passwords, guard }: PasswordLoginOptions): PasswordLogin {
  async function rehash(id: number, from: string, password: string): Promise<void> {
    // The next sign-in does it if the server is too busy now.
    const to = await passwords.hash(password).catch(() => undefined);
    if (to !== undefined) await accounts.replacePasswordHash(id, from, to);
  }

  return async (username, password, call) => {
    const name = parseAccountName(username);
    const attempt = await guard?.attempt(name?.key ?? fold(username), call);
    const account = name && (await accounts.findByNameKey(name.key));
    const { valid, outdated } = await passwords.verify(password, account?.passwordHash, await accounts.legacyRounds());
    if (!account) return { kind: 'unknown' };
    if (!valid || account.disabled) return { kind: 'wrong' };
    await attempt?.succeeded();
    if (outdated && account.passwordHash !== null) await rehash(account.id, account.passwordHash, password);
    return { kind: 'accepted', account };
  };
}
