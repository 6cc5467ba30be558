/** Access tokens: JWTs of exactly one algorithm, checked strictly, with the documented kinds of failure told apart. */
import { randomUUID } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { isMachineScope, isRole, levelOf, type MachineScope, type Role } from '../privilege.js';
import { tokenExpired, tokenInvalid, tokenIssuedAt, tokenIssuer } from './failures.js';
import type { Clock, KeyRing, TokenKey } from './stores.js';

/** RFC 9068: no other JWT of ours, and no ID token, passes for an access token. */
const typ = 'at+jwt';
const longestToken = 4096;
/** How far another instance's clock may be ahead. */
const skewSeconds = 60;

export interface TokenOptions {
  readonly keys: KeyRing<TokenKey>;
  readonly clock: Clock;
  readonly issuer: string;
  readonly audience?: string;
}

export interface Subject {
  readonly accountId: number;
  readonly username: string;
  readonly role: Role;
  readonly tokenVersion: number;
  /** Family of the refresh token it came with; it ends with it. */
  readonly session?: string;
}

export interface IssuedToken {
  readonly token: string;
  readonly tokenId: string;
}

export type VerifiedToken = {
  readonly tokenId: string;
  /** Milliseconds since the epoch; undefined for a machine's, which lives as long as its row. */
  readonly expiresAt: number | undefined;
} & (({ readonly kind: 'account' } & Subject) | { readonly kind: 'machine'; scope: MachineScope; subject: string });

export interface Tokens {
  issue(subject: Subject, lifetimeSeconds: number): IssuedToken;
  /** Without `exp`; the caller keeps the row that lets it be revoked. */
  issueMachine(scope: MachineScope, subject: string): IssuedToken;
  /**
   * Checks form, signature and claims; whether the account still agrees is the caller's to ask.
   * @throws PalestraError `tokenInvalid`, `tokenExpired`, `tokenIssuer`, `tokenIssuedAt`
   */
  verify(token: string): VerifiedToken;
}

export function createTokens(options: TokenOptions): Tokens {
  const now = () => Math.floor(options.clock.now() / 1000);
  return {
    issue({ accountId, username, role, tokenVersion, session }, lifetimeSeconds) {
      const claims = { user: username, level: levelOf(role), scope: role, tv: tokenVersion };
      const iat = now();
      const times = { iat, exp: iat + lifetimeSeconds };
      return sign({ ...claims, ...times, ...(session !== undefined && { sid: session }) }, String(accountId), options);
    },
    issueMachine: (scope, subject) => sign({ scope, iat: now() }, subject, options),
    verify: (token) => verify(token, now(), options),
  };
}

function sign(claims: object, subject: string, { keys, issuer, audience }: TokenOptions): IssuedToken {
  const { active } = keys;
  const tokenId = randomUUID();
  const payload = { iss: issuer, sub: subject, ...(audience !== undefined && { aud: audience }), ...claims };
  const token = jwt.sign({ ...payload, jti: tokenId }, active.sign, {
    algorithm: active.algorithm,
    header: { alg: active.algorithm, typ, kid: active.kid },
  });
  return { token, tokenId };
}

function verify(token: string, now: number, { keys, issuer, audience }: TokenOptions): VerifiedToken {
  const key = keyFor(token, keys);
  const claims = checkSignature(token, key, now);
  if (claims.iss !== issuer) throw tokenIssuer();
  if (claims.aud !== audience) throw tokenInvalid();
  if (!isPositive(claims.iat)) throw tokenInvalid();
  if (claims.iat > now + skewSeconds) throw tokenIssuedAt();
  return toVerified(claims);
}

/** Three parts of canonical base64url, and a header that says what ours say and nothing else. */
function keyFor(token: string, keys: KeyRing<TokenKey>): TokenKey {
  const parts = token.split('.');
  if (token.length > longestToken || parts.length !== 3 || !parts.every(isCanonical)) throw tokenInvalid();
  const header = parseObject(parts[0] ?? '');
  const key = typeof header?.kid === 'string' ? keys.find(header.kid) : undefined;
  if (!header || !key || header.alg !== key.algorithm || header.typ !== typ) throw tokenInvalid();
  if (Object.keys(header).length !== 3) throw tokenInvalid();
  return key;
}

/** False also for stray bits in the last character, with which one signature would have several spellings. */
function isCanonical(part: string): boolean {
  return part !== '' && Buffer.from(part, 'base64url').toString('base64url') === part;
}

function parseObject(part: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString());
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function checkSignature(token: string, key: TokenKey, now: number): jwt.JwtPayload {
  try {
    const claims = jwt.verify(token, key.verify, { algorithms: [key.algorithm], clockTimestamp: now });
    if (typeof claims === 'string') throw tokenInvalid();
    return claims;
  } catch (error) {
    throw error instanceof jwt.TokenExpiredError ? tokenExpired() : tokenInvalid(error);
  }
}

function toVerified(claims: jwt.JwtPayload): VerifiedToken {
  const { sub, jti: tokenId, exp, scope, user: username, tv: tokenVersion, sid: session } = claims;
  if (typeof sub !== 'string' || typeof tokenId !== 'string') throw tokenInvalid();
  if (isMachineScope(scope)) {
    return { kind: 'machine', tokenId, scope, subject: sub, expiresAt: exp === undefined ? undefined : exp * 1000 };
  }
  const accountId = Number(sub);
  if (!isRole(scope) || !isPositive(exp) || !isPositive(accountId) || !Number.isSafeInteger(tokenVersion)) {
    throw tokenInvalid();
  }
  if (typeof username !== 'string' || (session !== undefined && typeof session !== 'string')) throw tokenInvalid();
  const subject = { accountId, username, role: scope, tokenVersion, ...(session !== undefined && { session }) };
  return { kind: 'account', tokenId, expiresAt: exp * 1000, ...subject };
}

function isPositive(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) > 0;
}
