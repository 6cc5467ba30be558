/** Appends entries to this instance's chain, in the transaction of what they record. */
import type { Clock } from '@palestra/core';
import type { KeyRing, SecretKey } from '@palestra/core/auth';
import type { Unit } from '../database/types.js';
import type { Audit, AuditActor } from '../plugin/audit.js';
import { type AuditRow, type ChainHead, digestOf, hashOf, noHash, sealOf } from './chain.js';
import type { AuditStore } from './store.js';

export interface WriterOptions {
  readonly chain: string;
  readonly store: AuditStore;
  readonly keys: KeyRing<SecretKey>;
  readonly clock: Clock;
  readonly creates: boolean;
}

export function createWriter({ chain, store, keys, clock, creates }: WriterOptions): Audit {
  let opened = false;

  /** Locks the head's row, so that units of this instance append one after another, the first two included. */
  async function lockHead(unit: Unit): Promise<Pick<ChainHead, 'seq' | 'hash'>> {
    if (!opened) {
      await store.openHead(chain, unit);
      unit.afterCommit(() => {
        opened = true;
      });
    }
    const head = await store.lockHead(chain, unit);
    if (!head) throw new Error(`The head of the audit's chain ${chain} was deleted.`);
    return head.seq > 0 ? head : { seq: 0, hash: (await store.newestHash(unit)) ?? noHash };
  }

  async function append(entry: Omit<AuditRow, 'chain' | 'seq' | 'prev' | 'hash'>, unit: Unit): Promise<void> {
    const head = await lockHead(unit);
    const linked = { ...entry, chain, seq: head.seq + 1, prev: head.hash };
    const row = { ...linked, hash: hashOf(linked) };
    await store.insertEntry(row, unit);
    const next = { chain, seq: row.seq, hash: row.hash, at: row.at };
    await store.moveHead({ ...next, seal: sealOf(next, keys.active) }, unit);
  }

  return {
    creates,
    record: (unit, actor, { action, object, before, after, detail }) =>
      append(
        {
          at: clock.now(),
          ...columnsOf(actor),
          action,
          object,
          before_hash: digestOf(before),
          after_hash: digestOf(after),
          detail: detail === undefined ? null : JSON.stringify(detail),
        },
        unit,
      ),
  };
}

type ActorColumns = Pick<AuditRow, 'actor_kind' | 'actor_id' | 'actor' | 'scope' | 'ip' | 'request_id'>;

function columnsOf(actor: AuditActor): ActorColumns {
  if ('program' in actor) {
    return { actor_kind: 'program', actor_id: null, actor: actor.program, scope: 'host', ip: null, request_id: null };
  }
  const { principal, ip, requestId } = actor;
  const who = { scope: principal.privilege, ip, request_id: requestId };
  if (principal.kind === 'account') {
    return { ...who, actor_kind: 'account', actor_id: principal.accountId, actor: principal.username };
  }
  const name = principal.kind === 'machine' ? principal.subject : '';
  return { ...who, actor_kind: principal.kind, actor_id: null, actor: name };
}
