/** What identity gives to the host that no other plugin gives: who a request's caller is. */
import type { PalestraError, Principal, Role, Unit } from '@palestra/core';
import type { PasswordCost, Sealing } from '@palestra/core/auth';
import type { Siblings } from '../workers/siblings.js';

/** The value of `Authorization`, or all of them if a request has several. */
export type AuthorizationValues = string | readonly string[] | undefined;

export interface Authenticator {
  /** Of every scheme that would do, for `WWW-Authenticate`. */
  readonly challenges: readonly string[];
  /**
   * The caller of a request to an operation that is not public; a guest without a header. At once if everything
   * is cached, which is the usual case: awaiting a value that is no promise would cost a turn of the event loop.
   * @throws PalestraError `authorizationAmbiguous` (400); `tokenMissing`, `tokenInvalid`, `tokenExpired`,
   * `tokenIssuer`, `tokenIssuedAt` (401; 403 for the last three in the club API, by `clubStatus`); `credentialsInvalid`
   * (401) by a scheme of the embedding app; `unavailable`
   */
  authenticate(authorization: AuthorizationValues, onEnded?: OnEndedToken): Principal | Promise<Principal>;
}

/**
 * What becomes of a token that is genuine and unexpired, and that a sign-out, a password change or the like has ended.
 * Default: `refusal` is thrown.
 */
export type OnEndedToken = (principal: Principal, refusal: PalestraError) => Principal | Promise<Principal>;

/** Who calls, as the embedding app knows it. */
export interface HostCaller {
  /** The app's own id of the account: never given to another, at most 190 characters. */
  readonly subject: string;
  /** What others see; one that is taken here gets a suffix. */
  readonly username: string;
  /** The app decides it, at every call. */
  readonly role: Role;
  /**
   * When the person last signed in to the app, in milliseconds since the epoch. Within five minutes of it they may delete
   * their account; never where it is undefined.
   */
  readonly authenticatedAt?: number | undefined;
}

export interface HostAccounts {
  /** @throws PalestraError `permissionDenied` for an account that was disabled here */
  principalOf(caller: HostCaller): Principal | Promise<Principal>;
}

export interface HostScheme {
  /** As in `Authorization: <name> <value>`, compared without regard to case; not a name that Palestra uses itself. */
  readonly name: string;
  /** For `WWW-Authenticate`; default `user`. */
  readonly realm?: string;
  /**
   * Who calls, by what follows the name; undefined, answered by 401, for a value that proves no caller. The value has no
   * comma, since two joined headers would look like one.
   */
  verify(value: string): HostCaller | undefined | Promise<HostCaller | undefined>;
}

/** Opens sealed bodies; see `Sealing.open`. */
export type Unsealer = Pick<Sealing, 'open'>;

/** The account with which the first start ends; shown once, then only its hash exists. */
export interface FirstAccount {
  readonly username: string;
  readonly password: string;
  /** False if the environment gave the password, which then need not be printed. */
  readonly generated: boolean;
}

export interface IdentityOptions {
  /** Schemes of the embedding app, beside Bearer. */
  readonly schemes?: readonly HostScheme[];
  /** `PALESTRA_DBA_USERNAME`, `PALESTRA_DBA_PASSWORD`: first start only. */
  readonly dba?: { readonly username?: string | undefined; readonly password?: string | undefined };
  /** Called by the one instance that made the account, once in the life of the database. */
  onFirstAccount?(account: FirstAccount): void;
  /** The other workers, where this process is one of several. */
  readonly siblings?: Siblings;
  /** Of new password hashes. */
  readonly passwordCost?: PasswordCost;
}

/** How the caches of this instance learn that tokens were ended. */
export interface Revocations {
  /** Tokens were ended: once `unit` has committed, at once without one. */
  announce(unit?: Unit): void;
  onRevoked(forget: () => void): void;
}
