/**
 * Every five minutes, and at the end, the heads that moved are written into one row and into the log: cutting off the
 * end of a chain together with its head then contradicts both.
 */
import type { Clock } from '@palestra/core';
import type { KeyRing, SecretKey } from '@palestra/core/auth';
import type { Logger } from 'pino';
import { createInterval } from '../async/interval.js';
import { sealOf } from './chain.js';
import type { AuditStore } from './store.js';
import type { Heads } from './types.js';

const everyMs = 5 * 60_000;
/** How far behind other instances' clocks may be: a head is rather anchored twice than never. */
const overlapMs = 10 * 60_000;

export interface AnchorOptions {
  readonly store: AuditStore;
  readonly keys: KeyRing<SecretKey>;
  readonly clock: Clock;
  readonly log: Logger;
}

export interface Anchoring {
  start(): void;
  stop(): Promise<void>;
  /** Anchors now, if anything was written since the last anchor. */
  anchor(): Promise<void>;
}

export function createAnchoring({ store, keys, clock, log }: AnchorOptions): Anchoring {
  let started = false;

  async function anchor(): Promise<void> {
    const last = await store.lastAnchor();
    const current = await store.heads((last?.at ?? 0) - overlapMs);
    const moved: Heads = Object.fromEntries(current.map(({ chain, seq, hash }) => [chain, [seq, hash]]));
    const heads = JSON.stringify(moved);
    if (current.length === 0 || last?.heads === heads) return;
    const next = { seq: (last?.seq ?? 0) + 1, at: clock.now(), heads };
    // Where it is there already, another instance has anchored at the same time.
    await store.insertAnchor({ ...next, seal: sealOf(next, keys.active) });
    log.info({ auditHeads: moved }, 'These are the ends of the audit chains.');
  }

  const job = createInterval(anchor, { everyMs, failure: 'The heads of the audit could not be anchored.', log });
  return {
    anchor,
    start() {
      started = true;
      job.start();
    },
    async stop() {
      if (started) await job.run();
      started = false;
      await job.stop();
    },
  };
}
