/** Writes entries into this instance's chain, in the transaction of what they tell of. */
import type { KeyRing, SecretKey } from '@palestra/core/auth';
import type { Unit } from '../database/types.js';
import type { Clock } from '../plugin.js';
import { type AuditRow, digestOf, hashOf, noHash, sealOf } from './chain.js';
import type { AuditStore } from './store.js';
import type { Audit, AuditActor } from './types.js';

export interface WriterOptions {
  readonly chain: string;
  readonly store: AuditStore;
  readonly keys: KeyRing<SecretKey>;
  readonly clock: Clock;
  readonly creates: boolean;
}

export function createWriter({ chain, store, keys, clock, creates }: WriterOptions): Audit {
  /** The head is read with its row locked, so two units of this instance write one after the other. */
  async function append(entry: Omit<AuditRow, 'chain' | 'seq' | 'prev' | 'hash'>, unit: Unit): Promise<void> {
    const head = await store.lockHead(chain, unit);
    const prev = head?.hash ?? (await store.newestHash(unit)) ?? noHash;
    const linked = { ...entry, chain, seq: (head?.seq ?? 0) + 1, prev };
    const row = { ...linked, hash: hashOf(linked) };
    await store.insertEntry(row, unit);
    const next = { chain, seq: row.seq, hash: row.hash, at: row.at };
    const sealed = { ...next, seal: sealOf(next, keys.active) };
    await (head ? store.moveHead(sealed, unit) : store.insertHead(sealed, unit));
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
