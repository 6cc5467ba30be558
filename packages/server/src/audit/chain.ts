/**
 * The hash chain of audit entries. An entry's hash covers all of its columns and the hash before it. Each instance has
 * its own chains: with one for all, every mutation of every instance would update one row (on Galera 522 commits/s at
 * best). A chain's first entry continues the newest entry of any chain, so that a whole chain cannot be removed
 * unnoticed once another has begun after it.
 */

import { createHmac, hash as digest, timingSafeEqual } from 'node:crypto';
import { canonicalJson } from '@palestra/core';
import type { KeyRing, SecretKey } from '@palestra/core/auth';

/** Before the first entry of the first chain. */
export const noHash: string = '0'.repeat(64);

export interface AuditRow {
  readonly chain: string;
  /** 1 for the first of its chain. */
  readonly seq: number;
  readonly prev: string;
  readonly at: number;
  readonly actor_kind: string;
  readonly actor_id: number | null;
  readonly actor: string;
  readonly scope: string;
  readonly ip: string | null;
  readonly request_id: string | null;
  readonly action: string;
  readonly object: string;
  readonly before_hash: string | null;
  readonly after_hash: string | null;
  /** JSON text. */
  readonly detail: string | null;
  readonly hash: string;
}

/** The last entry of a chain. */
export type ChainHead = Pick<AuditRow, 'chain' | 'seq' | 'hash' | 'at'>;

export interface Anchor {
  readonly seq: number;
  readonly at: number;
  /** JSON text: the heads that moved since the anchor before. */
  readonly heads: string;
}

/** Of its canonical JSON: the columns are written here in order, so that an entry need not be sorted each time. */
export function hashOf(row: Omit<AuditRow, 'hash'>): string {
  const { action, actor, actor_id, actor_kind, after_hash, at, before_hash } = row;
  const { chain, detail, ip, object, prev, request_id, scope, seq } = row;
  const text = JSON.stringify({
    action,
    actor,
    actor_id,
    actor_kind,
    after_hash,
    at,
    before_hash,
    chain,
    detail,
    ip,
    object,
    prev,
    request_id,
    scope,
    seq,
  });
  return sha256(text);
}

/** Of a value that is audited but not kept. */
export function digestOf(value: unknown): string | null {
  return value === undefined ? null : sha256(canonicalJson(value));
}

/**
 * An HMAC with a key outside the database: write access to the database is enough to compute hashes, but not a seal. It names
 * its key: `kid.mac`.
 */
export function sealOf(sealed: ChainHead | Anchor, { kid, secret }: SecretKey): string {
  return `${kid}.${macOf(sealed, secret)}`;
}

export function isSealed(sealed: ChainHead | Anchor, seal: string, keys: KeyRing<SecretKey>): boolean {
  const [kid = '', mac = ''] = seal.split('.');
  const key = keys.find(kid);
  if (!key) return false;
  const expected = Buffer.from(macOf(sealed, key.secret));
  const given = Buffer.from(mac);
  return expected.length === given.length && timingSafeEqual(expected, given);
}

function macOf(sealed: ChainHead | Anchor, secret: SecretKey['secret']): string {
  const fields = 'heads' in sealed ? pickAnchor(sealed) : pickHead(sealed);
  return createHmac('sha256', secret).update(JSON.stringify(fields)).digest('base64url');
}

/** Both in the order of canonical JSON. */
const pickHead = ({ at, chain, hash, seq }: ChainHead): ChainHead => ({ at, chain, hash, seq });
const pickAnchor = ({ at, heads, seq }: Anchor): Anchor => ({ at, heads, seq });

function sha256(text: string): string {
  return digest('sha256', text, 'hex');
}
