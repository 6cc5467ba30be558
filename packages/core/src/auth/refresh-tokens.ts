/**
 * Refresh tokens: opaque, stored as hashes, each valid once. A successor is derived from its parent's hash and from the
 * key that came with it, so that a retry after a lost reply gets the same one without its text being stored anywhere.
 */
import { createHash, createHmac, type KeyObject, randomBytes } from 'node:crypto';
import type { Clock } from '../clock.js';
import { tokenInvalid } from './failures.js';
import type { KeyRing, SecretKey } from './keys.js';
import type { RefreshTokenRow, RefreshTokenStore, SessionOrigin } from './stores.js';

const day = 24 * 60 * 60 * 1000;
const graceMs = 10_000;

export interface RefreshTokenOptions {
  readonly store: RefreshTokenStore;
  readonly keys: KeyRing<SecretKey>;
  readonly clock: Clock;
  /** How long an unused token lives; default 7 days. */
  readonly idleMs?: number;
  /** How long a family lives, however often it is refreshed; default 30 days. */
  readonly absoluteMs?: number;
}

export interface RefreshToken {
  readonly token: string;
  readonly accountId: number;
  /** What every token of this sign-in shares. */
  readonly family: string;
}

export interface RefreshTokens {
  issue(accountId: number, origin?: SessionOrigin): Promise<RefreshToken>;
  /**
   * The successor of a live token. The same one again while that is unused itself: for the same `refreshKey` as long as
   * it lives, without a key for 10 s. A client makes the key at random and stores it before the call: who presents it
   * again is that client, and not a thief of the token.
   * @throws PalestraError `tokenInvalid`; every other use of a spent token also revokes its family
   */
  rotate(token: string, refreshKey?: string): Promise<RefreshToken>;
  /** Revokes the token's family and returns whose it was; undefined for an unknown token. */
  revoke(token: string): Promise<Omit<RefreshToken, 'token'> | undefined>;
}

export function createRefreshTokens(options: RefreshTokenOptions): RefreshTokens {
  const { store, keys, clock } = options;
  const { idleMs = 7 * day, absoluteMs = 30 * day } = options;
  return {
    async issue(accountId, origin) {
      const token = randomBytes(32).toString('base64url');
      const family = randomBytes(16).toString('base64url');
      const issuedAt = clock.now();
      const familyExpiresAt = issuedAt + absoluteMs;
      const expiresAt = Math.min(issuedAt + idleMs, familyExpiresAt);
      const unused = { usedAt: null, revokedAt: null, parent: null, generation: 0 };
      const row = { hash: hashOf(token), accountId, family, issuedAt, expiresAt, familyExpiresAt, ...unused };
      await store.insert(row, origin);
      return { token, accountId, family };
    },

    async rotate(token, refreshKey = '') {
      const hash = hashOf(token);
      const now = clock.now();
      const successor = derive(hash, refreshKey, keys.active.secret);
      const row = await store.rotate(hash, now, (parent) => ({
        ...parent,
        hash: hashOf(successor),
        parent: hash,
        generation: parent.generation + 1,
        issuedAt: now,
        usedAt: null,
        expiresAt: Math.min(now + idleMs, parent.familyExpiresAt),
      }));
      return row ? { token: successor, ...ownerOf(row) } : again(hash, refreshKey, now);
    },

    async revoke(token) {
      const row = await store.find(hashOf(token));
      if (!row) return undefined;
      await store.revokeFamily(row, clock.now());
      return ownerOf(row);
    },
  };

  /** A token that is not live: a retry of the last rotation, a theft, or not a refresh token at all. */
  async function again(hash: string, refreshKey: string, now: number): Promise<RefreshToken> {
    const row = await store.find(hash);
    if (!row || row.revokedAt !== null || row.usedAt === null) throw tokenInvalid();
    const child = await store.findSuccessor(row);
    const isRetry = child?.usedAt === null && (refreshKey !== '' || now - row.usedAt <= graceMs);
    const successor = isRetry ? textOf(child, refreshKey) : undefined;
    if (successor === undefined) {
      await store.revokeReused(row, now);
      throw tokenInvalid();
    }
    if (child === undefined || child.expiresAt <= now) throw tokenInvalid();
    return { token: successor, ...ownerOf(row) };
  }

  /** Undefined if it was derived under another key of the client, or if the server's key is gone. */
  function textOf({ hash, parent }: RefreshTokenRow, refreshKey: string): string | undefined {
    return keys.usable
      .map(({ secret }) => derive(parent ?? '', refreshKey, secret))
      .find((text) => hashOf(text) === hash);
  }
}

function ownerOf({ accountId, family }: RefreshTokenRow): { accountId: number; family: string } {
  return { accountId, family };
}

/** 256 random bits need no slow hash (ASVS 6.5.2). */
function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}

/** Without a key it is the hash alone: no hash in base64url contains the separator. */
function derive(parentHash: string, refreshKey: string, secret: KeyObject): string {
  const material = refreshKey === '' ? parentHash : `${parentHash}.${refreshKey}`;
  return createHmac('sha256', secret).update(material).digest('base64url');
}
