/**
 * Of all calls with one key, one executes and all get its answer. The key is claimed in its own short transaction; the
 * answer is kept with the effect; a claim whose process died is taken over when its lease ends.
 */
import { createHash, randomBytes } from 'node:crypto';
import { type Clock, catalogue, type IdempotentCall, PalestraError } from '@palestra/core';
import { isOutcomeUnknown } from '../database/errors.js';
import { encodeResult } from './answer.js';
import type { IdempotencyKeys, KeyRow, NewKey } from './store.js';

interface KeyedRequest {
  /** Who calls which operation. */
  readonly scope: string;
  readonly key: string;
  /** Canonical text of what is asked for. */
  readonly content: string;
}

type Claim = { readonly answer: string } | { readonly execution: Execution };

/** The execution that this caller has claimed. */
export interface Execution extends IdempotentCall {
  /** Keeps `answer` unless the handler has kept one in its own transaction. */
  conclude(answer: string): Promise<void>;
  /** Keeps nothing: the next call with the key executes. */
  release(): Promise<void>;
}

export interface IdempotencyKeeper {
  /**
   * @throws PalestraError `conflict` (409, Retry-After) while the first call runs; `unprocessable` (422) if the key
   * was used for another request
   */
  claim(request: KeyedRequest): Promise<Claim>;
}

export const leaseMs = 60_000;
export const retentionMs: number = 24 * 60 * 60_000;
const retryAfterSeconds = 1;

export function createKeeper(store: IdempotencyKeys, clock: Clock): IdempotencyKeeper {
  return {
    async claim({ scope, key, content }) {
      const now = clock.now();
      const fresh: NewKey = {
        digest: sha256(`${scope}\n${key}`),
        use_id: randomBytes(16).toString('hex'),
        fingerprint: sha256(content),
        fence: randomBytes(16).toString('hex'),
        leased_until: now + leaseMs,
        created_at: now,
      };
      if (await isNew(store, fresh)) return { execution: executionOf(store, fresh) };
      return claimKnown(store, fresh, now);
    },
  };
}

async function isNew(store: IdempotencyKeys, key: NewKey): Promise<boolean> {
  try {
    return await store.insert(key);
  } catch (error) {
    if (!isOutcomeUnknown(error)) throw error;
    // The connection was lost during the insert: the row's fence says whether it is this claim's.
    const row = await store.find(key.digest);
    if (!row) throw error;
    return row.fence === key.fence;
  }
}

async function claimKnown(store: IdempotencyKeys, fresh: NewKey, now: number): Promise<Claim> {
  const row = await store.find(fresh.digest);
  if (!row) throw running();
  const oldest = now - retentionMs;
  if (row.created_at < oldest) {
    if (await store.renew(fresh, oldest)) return { execution: executionOf(store, fresh) };
    throw running();
  }
  if (row.fingerprint !== fresh.fingerprint) throw otherRequest();
  if (row.answer !== null) return { answer: row.answer };
  return takeOver(store, fresh, row, now);
}

async function takeOver(store: IdempotencyKeys, fresh: NewKey, row: KeyRow, now: number): Promise<Claim> {
  const { digest, fence, leased_until: until } = fresh;
  if (row.leased_until > now || !(await store.takeOver({ digest, from: row.fence, fence, until, now }))) {
    throw running();
  }
  return { execution: executionOf(store, { ...fresh, use_id: row.use_id }) };
}

function executionOf(store: IdempotencyKeys, { digest, fence, use_id }: NewKey): Execution {
  let finished = false;
  return {
    id: use_id,
    async finish(unit, result) {
      if (!(await store.finish({ digest, fence, answer: encodeResult(result) }, unit))) throw running();
      unit.afterCommit(() => {
        finished = true;
      });
    },
    async conclude(answer) {
      if (!finished) await store.finish({ digest, fence, answer });
    },
    async release() {
      if (!finished) await store.release(digest, fence);
    },
  };
}

function running(): PalestraError {
  return new PalestraError(
    catalogue.conflict,
    'A call with this Idempotency-Key is in progress. Send it again later.',
    {
      headers: { 'retry-after': String(retryAfterSeconds) },
    },
  );
}

function otherRequest(): PalestraError {
  return new PalestraError(
    catalogue.unprocessable,
    'This Idempotency-Key was used for another request. Make a new key.',
  );
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
