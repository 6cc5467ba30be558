/**
 * Who a request's caller is. The signature is checked once a minute for a token, the account behind it once a
 * second; in between both are remembered, so that a caller costs two look-ups in a map.
 */
import { type Clock, guest, type Principal, rankOf } from '@palestra/core';
import {
  type BearerScheme,
  type NamedCredential,
  readAuthorization,
  type Scheme,
  tokenInvalid,
  tokenMissing,
  type VerifiedToken,
} from '@palestra/core/auth';
import { TtlCache } from '../async/ttl-cache.js';
import type { KeyStore } from '../keys/types.js';
import type { AccountState, Accounts } from './account-store.js';
import type { MachineTokenState, StoredMachineTokens } from './machine-tokens.js';
import type { Authenticator, AuthorizationValues, OnEndedToken, Revocations } from './types.js';

const maxStateAgeMs = 1_000;
/** So long a signature stays checked, unless the keys change; a key whose grace ends, ends its tokens within it. */
const maxVerifiedAgeMs = 60_000;
const maxEntries = 10_000;

export interface AuthenticatorOptions {
  readonly bearer: BearerScheme;
  /** Schemes of the embedding app, by lower-case name. */
  readonly hostSchemes: ReadonlyMap<string, Scheme<Principal>>;
  readonly accounts: Pick<Accounts, 'state'>;
  readonly machines: Pick<StoredMachineTokens, 'state'>;
  /** After which nothing that is remembered counts: this instance knows at once. */
  readonly revocations: Revocations;
  readonly keys: Pick<KeyStore, 'revision'>;
  readonly clock: Clock;
}

interface VerifiedHeader {
  readonly token: VerifiedToken;
  readonly principal: Principal;
  readonly stateKey: string;
  readonly goodUntil: number;
  /** Of the keys that it was checked with. */
  readonly revision: number;
}

/** A token on its way in. */
interface Admission {
  readonly header: string;
  readonly entry: VerifiedHeader;
  readonly onEnded: OnEndedToken;
}

type State = AccountState | MachineTokenState | undefined;

export function createAuthenticator(options: AuthenticatorOptions): Authenticator {
  const { bearer, hostSchemes, accounts, machines, revocations, keys, clock } = options;
  const challenges = [bearer.challenge, ...[...hostSchemes.values()].map(({ challenge }) => challenge)];
  const verified = new Map<string, VerifiedHeader>();
  const states = new TtlCache<State>({ read: readState, maxAgeMs: maxStateAgeMs, maxEntries });
  revocations.onRevoked(() => states.clear());

  function readState(key: string): Promise<State> {
    const [kind, id = '', session] = key.split(' ');
    return kind === 'machine' ? machines.state(id) : accounts.state(Number(id), session);
  }

  function verify(header: string, { scheme, value }: NamedCredential, now: number): VerifiedHeader {
    verified.delete(header);
    if (scheme !== 'bearer' || value === '') throw tokenMissing(challenges);
    const { revision } = keys;
    const token = bearer.verify(value);
    const goodUntil = Math.min(token.expiresAt ?? Number.POSITIVE_INFINITY, now + maxVerifiedAgeMs);
    const entry = { token, principal: principalOf(token), stateKey: stateKeyOf(token), goodUntil, revision };
    remember(header, entry);
    return entry;
  }

  function remember(header: string, entry: VerifiedHeader): void {
    if (verified.size >= maxEntries) {
      const [oldest] = verified.keys();
      if (oldest !== undefined) verified.delete(oldest);
    }
    verified.set(header, entry);
  }

  function admit({ header, entry, onEnded }: Admission, state: State): Principal | Promise<Principal> {
    const { token, principal } = entry;
    if (agrees(token, state)) return principal;
    verified.delete(header);
    return onEnded(principal, tokenInvalid());
  }

  function admitToken(admission: Admission, now: number): Principal | Promise<Principal> {
    const { stateKey } = admission.entry;
    const state = states.fresh(stateKey, now);
    if (state) return admit(admission, state.value);
    return states.load(stateKey, now).then((value) => admit(admission, value));
  }

  return {
    challenges,
    authenticate(authorization, onEnded = refuse) {
      const header = oneOf(authorization);
      if (header === undefined) return guest;
      const now = clock.now();
      const remembered = verified.get(header);
      if (remembered && now < remembered.goodUntil && remembered.revision === keys.revision) {
        return admitToken({ header, entry: remembered, onEnded }, now);
      }
      const credential = readAuthorization(header);
      if (!credential) return guest;
      const hostScheme = hostSchemes.get(credential.scheme);
      if (hostScheme) return hostScheme.verify(credential.value);
      return admitToken({ header, entry: verify(header, credential, now), onEnded }, now);
    },
  };
}

const refuse: OnEndedToken = (_, refusal) => {
  throw refusal;
};

/** @throws PalestraError `authorizationAmbiguous` */
function oneOf(authorization: AuthorizationValues): string | undefined {
  if (authorization === undefined || typeof authorization === 'string') return authorization;
  if (authorization.length > 1) readAuthorization(authorization);
  return authorization[0];
}

function principalOf(token: VerifiedToken): Principal {
  const { tokenId } = token;
  if (token.kind === 'machine') return { kind: 'machine', privilege: token.scope, tokenId, subject: token.subject };
  const { accountId, username, role: privilege, session } = token;
  return { kind: 'account', accountId, username, privilege, tokenId, ...(session && { sessionId: session }) };
}

function stateKeyOf(token: VerifiedToken): string {
  if (token.kind === 'machine') return `machine ${token.tokenId}`;
  return token.session === undefined ? `account ${token.accountId}` : `account ${token.accountId} ${token.session}`;
}

function agrees(token: VerifiedToken, state: State): boolean {
  if (!state) return false;
  if ('revoked' in state) return token.kind === 'machine' && state.scope === token.scope && !state.revoked;
  if (token.kind !== 'account' || state.disabled || !state.live) return false;
  // An account that was raised since keeps the lower role that its token says.
  return state.tokenVersion === token.tokenVersion && rankOf(state.role) <= rankOf(token.role);
}
