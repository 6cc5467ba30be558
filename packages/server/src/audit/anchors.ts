/**
 * Every five minutes the heads that moved go into one row and into the log: whoever later cuts off the end of a
 * chain together with its head contradicts both.
 */
import type { Clock } from '@palestra/core';
import type { KeyRing, SecretKey } from '@palestra/core/auth';
import type { Logger } from 'pino';
import { isDuplicate } from '../database/index.js';
import { sealOf } from './chain.js';
import type { AuditStore } from './store.js';

const everyMs = 5 * 60_000;
/** How far other instances' clocks may be behind: a head is rather anchored twice than never. */
const overlapMs = 10 * 60_000;

export interface AnchorOptions {
  readonly store: AuditStore;
  readonly keys: KeyRing<SecretKey>;
  readonly clock: Clock;
  readonly log: Logger;
}

/** By chain: how long it is, and its last hash. What an anchor holds, and what the log shows as `auditHeads`. */
export type Heads = Readonly<Record<string, readonly [seq: number, hash: string]>>;

export interface Anchoring {
  start(): void;
  stop(): Promise<void>;
  /** Now, if anything was written since the last anchor. */
  anchor(): Promise<void>;
}

export function createAnchoring({ store, keys, clock, log }: AnchorOptions): Anchoring {
  let timer: NodeJS.Timeout | undefined;
  let started = false;

  async function anchor(): Promise<void> {
    const last = await store.lastAnchor();
    const current = await store.heads((last?.at ?? 0) - overlapMs);
    const heads = JSON.stringify(Object.fromEntries(current.map(({ chain, seq, hash }) => [chain, [seq, hash]])));
    if (current.length === 0 || last?.heads === heads) return;
    const next = { seq: (last?.seq ?? 0) + 1, at: clock.now(), heads };
    try {
      await store.insertAnchor({ ...next, seal: sealOf(next, keys.active) });
    } catch (error) {
      // Another instance was faster.
      if (!isDuplicate(error)) throw error;
    }
    log.info({ auditHeads: JSON.parse(heads) as Heads }, 'The audit ends here.');
  }

  const attempt = () =>
    anchor().catch((err: unknown) => log.warn({ err }, 'The heads of the audit could not be anchored.'));

  return {
    anchor,
    start() {
      started = true;
      timer = setInterval(attempt, everyMs).unref();
    },
    async stop() {
      clearInterval(timer);
      if (started) await attempt();
      started = false;
    },
  };
}
