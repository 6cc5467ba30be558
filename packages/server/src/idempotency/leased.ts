/**
 * A request whose handler calls other systems, such as a payment provider: it cannot be one transaction. The key is
 * claimed first, under a lease that is renewed while the handler runs; the answer is kept with its effect, or after it.
 * A claim whose process died is taken over when its lease ends.
 */
import { randomBytes } from 'node:crypto';
import { isOutcomeUnknown } from '../database/errors.js';
import { encodeResult, type KeptAnswer } from './answer.js';
import { answerOf, type IdentifiedRequest, identify, type KeeperServices, retentionMs, running } from './request.js';
import type { KeyRow, NewKey } from './store.js';
import type { Claim, ClaimKey, Execution } from './types.js';

/** So long nothing takes over from a process that has died. */
export const leaseMs = 12_000;
const renewEveryMs: number = leaseMs / 4;

export function createClaims(services: KeeperServices): ClaimKey {
  const { store, cipher, clock } = services;

  async function isNew(key: NewKey): Promise<boolean> {
    try {
      return await store.insert(key);
    } catch (error) {
      if (!isOutcomeUnknown(error)) throw error;
      // The connection went away during the insert: the row says whether it was this one.
      const row = await store.find(key.digest);
      if (!row) throw error;
      return row.fence === key.fence;
    }
  }

  async function claimKnown(fresh: NewKey, request: IdentifiedRequest, now: number): Promise<Claim> {
    const row = await store.find(fresh.digest);
    if (!row) throw running();
    const oldest = now - retentionMs;
    if (row.created_at < oldest) {
      if (await store.renew(fresh, oldest)) return { execution: beginExecution(services, fresh) };
      throw running();
    }
    const answer = answerOf(row, request, cipher);
    return answer === undefined ? takeOver(fresh, row, now) : { answer };
  }

  async function takeOver(fresh: NewKey, row: KeyRow, now: number): Promise<Claim> {
    const left = leaseLeft(row, now);
    // A lease that was not renewed in time belongs to a process that has died: only its end helps.
    if (left > 0) throw running(left < leaseMs - 2 * renewEveryMs ? left : undefined);
    const { digest, fence, leased_until: until } = fresh;
    if (!(await store.takeOver({ digest, from: row.fence, was: row.leased_until, fence, until }))) throw running();
    return { execution: beginExecution(services, { ...fresh, use_id: row.use_id }) };
  }

  return async (keyed) => {
    const request = identify(keyed, cipher);
    const now = clock.now();
    const fresh: NewKey = {
      digest: request.digest,
      use_id: randomBytes(16).toString('hex'),
      fingerprint: request.fingerprints[0] ?? '',
      fence: randomBytes(16).toString('hex'),
      leased_until: now + leaseMs,
      created_at: now,
    };
    return (await isNew(fresh)) ? { execution: beginExecution(services, fresh) } : claimKnown(fresh, request, now);
  };
}

/** Renews the lease until the request is concluded or released. */
function beginExecution(
  { store, cipher, clock }: KeeperServices,
  { digest, fence, fingerprint, use_id }: NewKey,
): Execution {
  let finished = false;
  const renewing = setInterval(() => {
    void store.extend({ digest, fence, until: clock.now() + leaseMs }).catch(() => undefined);
  }, renewEveryMs).unref();
  const seal = (answer: KeptAnswer) => cipher.seal(answer, digest);
  return {
    id: use_id,
    async finish(unit, result) {
      const answer = encodeResult(result);
      if (answer === undefined || !(await store.finish({ digest, fence, answer: seal(answer) }, unit))) throw running();
      unit.afterCommit(() => {
        finished = true;
      });
    },
    async conclude(answer) {
      clearInterval(renewing);
      if (finished) return;
      const sealed = seal(answer);
      if (await store.finish({ digest, fence, answer: sealed })) return;
      // A restore replaces the record of its own key: it is written again.
      const now = clock.now();
      await store.keep({ digest, fingerprint, answer: sealed, created_at: now }, now - retentionMs);
    },
    async release() {
      clearInterval(renewing);
      if (!finished) await store.release(digest, fence);
    },
  };
}

/** One that is further ahead than any lease was made by a clock that was wrong. */
function leaseLeft({ leased_until }: KeyRow, now: number): number {
  const left = leased_until - now;
  return left > 2 * leaseMs ? 0 : left;
}
