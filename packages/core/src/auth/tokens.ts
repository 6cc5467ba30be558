/** Access tokens: JWTs of exactly one algorithm, checked strictly, with the documented kinds of failure told apart. */
import { randomUUID } from 'node:crypto';
import type { JwtPayload } from 'jsonwebtoken';
import type { Clock } from '../clock.js';
import { isMachineScope, isRole, levelOf, type MachineScope, type Role } from '../privilege.js';
import { tokenExpired, tokenInvalid, tokenIssuedAt, tokenIssuer } from './failures.js';
import { decodeHeader } from './jose-header.js';
import type { KeyRing, TokenKey } from './keys.js';
import { jsonwebtoken } from './libraries.js';

/** RFC 9068: so neither another JWT of this server nor an ID token passes for an access token. */
const typ = 'at+jwt';
const longestToken = 4096;
/** How far another instance's clock may be ahead. */
const skewSeconds = 60;

export interface TokenOptions {
  /** For the tokens of people, which expire; none of them passes for a machine's. */
  readonly keys: KeyRing<TokenKey>;
  /** For the tokens of machines, which do not; none of them passes for a person's. */
  readonly machineKeys: KeyRing<TokenKey>;
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

interface IssuedToken {
  readonly token: string;
  readonly tokenId: string;
}

/** What the row of a machine's token holds: the token can be made again from it. */
interface MachineToken {
  readonly tokenId: string;
  readonly scope: MachineScope;
  readonly subject: string;
  /** Milliseconds since the epoch. */
  readonly issuedAt: number;
}

export type VerifiedToken = {
  readonly tokenId: string;
  /** Milliseconds since the epoch; undefined for a machine's, which lives as long as its row. */
  readonly expiresAt: number | undefined;
} & (({ readonly kind: 'account' } & Subject) | { readonly kind: 'machine'; scope: MachineScope; subject: string });

export interface Tokens {
  issue(subject: Subject, lifetimeSeconds: number): IssuedToken;
  /** Without `exp`; the caller keeps the row that lets it be revoked. */
  issueMachine(token: MachineToken): string;
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
      const tokenId = randomUUID();
      const more = { sub: String(accountId), jti: tokenId, ...(session !== undefined && { sid: session }) };
      return { token: sign({ ...claims, ...times, ...more }, options.keys.active, options), tokenId };
    },
    issueMachine({ tokenId, scope, subject, issuedAt }) {
      const claims = { scope, sub: subject, iat: Math.floor(issuedAt / 1000), jti: tokenId };
      return sign(claims, options.machineKeys.active, options);
    },
    verify: (token) => verify(token, now(), options),
  };
}

function sign(claims: object, key: TokenKey, { issuer, audience }: TokenOptions): string {
  const payload = { iss: issuer, ...(audience !== undefined && { aud: audience }), ...claims };
  const { algorithm, kid } = key;
  return jsonwebtoken().sign(payload, key.sign, { algorithm, header: { alg: algorithm, typ, kid } });
}

function verify(token: string, now: number, options: TokenOptions): VerifiedToken {
  const { issuer, audience } = options;
  const { key, kind } = keyFor(token, options);
  const claims = checkSignature(token, key, now);
  if (claims.iss !== issuer) throw tokenIssuer();
  if (claims.aud !== audience) throw tokenInvalid();
  if (!isPositive(claims.iat)) throw tokenInvalid();
  if (claims.iat > now + skewSeconds) throw tokenIssuedAt();
  const verified = toVerified(claims);
  if (verified.kind !== kind) throw tokenInvalid();
  return verified;
}

interface FoundKey {
  readonly key: TokenKey;
  readonly kind: VerifiedToken['kind'];
}

/** Three parts of canonical base64url, and a header with exactly the members that `sign` writes. */
function keyFor(token: string, rings: Pick<TokenOptions, 'keys' | 'machineKeys'>): FoundKey {
  const parts = token.split('.');
  if (token.length > longestToken || parts.length !== 3 || !parts.every(isCanonical)) throw tokenInvalid();
  const header = decodeHeader(parts[0] ?? '');
  const found = typeof header?.kid === 'string' ? keyNamed(header.kid, rings) : undefined;
  if (!header || !found || header.alg !== found.key.algorithm || header.typ !== typ) throw tokenInvalid();
  if (Object.keys(header).length !== 3) throw tokenInvalid();
  return found;
}

function keyNamed(
  kid: string,
  { keys, machineKeys }: Pick<TokenOptions, 'keys' | 'machineKeys'>,
): FoundKey | undefined {
  const account = keys.find(kid);
  if (account) return { key: account, kind: 'account' };
  const machine = machineKeys.find(kid);
  return machine && { key: machine, kind: 'machine' };
}

/** False also for stray bits in the last character, with which one signature would have several spellings. */
function isCanonical(part: string): boolean {
  return part !== '' && Buffer.from(part, 'base64url').toString('base64url') === part;
}

function checkSignature(token: string, key: TokenKey, now: number): JwtPayload {
  const { verify: verifyToken, TokenExpiredError } = jsonwebtoken();
  try {
    const claims = verifyToken(token, key.verify, { algorithms: [key.algorithm], clockTimestamp: now });
    if (typeof claims === 'string' || Array.isArray(claims)) throw tokenInvalid();
    return claims;
  } catch (error) {
    throw error instanceof TokenExpiredError ? tokenExpired() : tokenInvalid(error);
  }
}

function toVerified(claims: JwtPayload): VerifiedToken {
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
