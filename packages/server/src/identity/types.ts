/** What identity gives to the host that no other plugin gives: who a request's caller is. */
import type { Principal } from '@palestra/core';
import type { Sealing } from '@palestra/core/auth';
import type { HostScheme } from './host-schemes.js';

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
  authenticate(authorization: AuthorizationValues): Principal | Promise<Principal>;
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
}
