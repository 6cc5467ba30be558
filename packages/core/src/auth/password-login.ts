/** The check behind everything that takes a password: the same work for a known and an unknown name. */
import { fold } from '../fold.js';
import { parseAccountName } from './account-name.js';
import type { Verdict } from './password-hashes.js';
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
   * Counts one. What it returns takes it back, for a password that was right.
   * @param subject a key of the account, the same whichever name it is given by, or of a name that no account has
   * @throws PalestraError `tooManyRequests`
   */
  attempt(subject: string, call: LoginCall): Promise<{ succeeded(): Promise<void> }>;
  /** Whose fair share of the checks at once a call takes: its network. */
  shareOf(call: LoginCall): string;
}

export interface PasswordCheckOptions {
  readonly accounts: Pick<AccountStore, 'legacyRounds'>;
  readonly passwords: Pick<Passwords, 'verify'>;
  readonly guard?: LoginGuard;
}

/**
 * Whether a password is that of an account, which a disabled one never has, nor a name that no account has.
 * @throws PalestraError `tooManyRequests`, or `unavailable` when too many passwords are being checked
 */
export type PasswordCheck = (of: PasswordOwner, password: string, call: LoginCall) => Promise<Verdict>;

type PasswordOwner =
  | Pick<StoredAccount, 'id' | 'passwordHash' | 'disabled'>
  /** Folded. */
  | { readonly unknownName: string };

export function createPasswordCheck({ accounts, passwords, guard }: PasswordCheckOptions): PasswordCheck {
  return async (of, password, call) => {
    const account = 'id' in of ? of : undefined;
    const attempt = await guard?.attempt('id' in of ? `#${of.id}` : of.unknownName, call);
    const rounds = await accounts.legacyRounds();
    const share = guard?.shareOf(call);
    const verdict = await passwords.verify(password, account?.passwordHash, { rounds, ...(share && { share }) });
    if (!verdict.valid || !account || account.disabled) return { valid: false, outdated: false };
    await attempt?.succeeded();
    return verdict;
  };
}

export interface PasswordLoginOptions {
  readonly accounts: AccountStore;
  readonly passwords: Pick<Passwords, 'hash'>;
  readonly checkPassword: PasswordCheck;
}

type LoginOutcome =
  | { readonly kind: 'accepted'; readonly account: StoredAccount }
  /** `wrong` covers a disabled account and one without a password. */
  | { readonly kind: 'unknown' | 'wrong' };

/** @throws PalestraError as `PasswordCheck` does */
export type PasswordLogin = (username: string, password: string, call: LoginCall) => Promise<LoginOutcome>;

export function createPasswordLogin({ accounts, passwords, checkPassword }: PasswordLoginOptions): PasswordLogin {
  async function rehash(id: number, from: string, password: string): Promise<void> {
    // The next sign-in does it if the server is too busy now.
    const to = await passwords.hash(password).catch(() => undefined);
    if (to !== undefined) await accounts.replacePasswordHash(id, from, to);
  }

  return async (username, password, call) => {
    const name = parseAccountName(username);
    const account = name && (await accounts.findByNameKey(name.key));
    const owner = account ?? { unknownName: name?.key ?? fold(username) };
    const { valid, outdated } = await checkPassword(owner, password, call);
    if (!account) return { kind: 'unknown' };
    if (!valid) return { kind: 'wrong' };
    if (outdated && account.passwordHash !== null) await rehash(account.id, account.passwordHash, password);
    return { kind: 'accepted', account };
  };
}
