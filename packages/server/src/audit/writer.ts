/** Appends entries to this instance's chain, in the transaction of what they record. */
import type { Clock } from '@palestra/core';
import type { KeyRing, SecretKey } from '@palestra/core/auth';
import type { Unit } from '../database/types.js';
import type { Audit, AuditActor } from '../plugin/audit.js';
import { type AuditRow, type ChainHead, digestOf, hashOf, noHash, sealOf } from './chain.js';
import { type AuditPersons, sealFor } from './persons.js';
import type { AuditStore } from './store.js';

export interface WriterOptions {
  readonly chain: string;
  readonly store: AuditStore;
  readonly persons: AuditPersons;
  readonly keys: KeyRing<SecretKey>;
  readonly clock: Clock;
  readonly creates: boolean;
}

export function createWriter({ chain, store, persons, keys, clock, creates }: WriterOptions): Audit {
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

  async function append(entry: Entry, unit: Unit): Promise<void> {
    const head = await lockHead(unit);
    const linked = { ...entry, chain, seq: head.seq + 1, prev: head.hash };
    const row = { ...linked, hash: hashOf(linked) };
    await store.insertEntry(row, unit);
    const next = { chain, seq: row.seq, hash: row.hash, at: row.at };
    await store.moveHead({ ...next, seal: sealOf(next, keys.active) }, unit);
  }

  return {
    creates,
    async record(unit, actor, { action, object, before, after, detail }) {
      const entry = {
        at: clock.now(),
        ...columnsOf(actor),
        action,
        object,
        before_hash: digestOf(before),
        after_hash: digestOf(after),
        detail: detail === undefined ? null : JSON.stringify(detail),
      };
      await append(await withoutNames(entry, persons, unit), unit);
    },
  };
}

type Entry = Omit<AuditRow, 'chain' | 'seq' | 'prev' | 'hash'>;

/** Seals what tells about the account that acts, and about the one that is acted on. */
async function withoutNames(entry: Entry, persons: AuditPersons, unit: Unit): Promise<Entry> {
  const { actor_id, actor, ip, object, detail } = entry;
  const [, about] = /^account\/(\d+)$/.exec(object) ?? [];
  const acting = actor_id === null ? undefined : await persons.of(actor_id, unit);
  const concerned = about === undefined ? undefined : await persons.of(Number(about), unit);
  const where = acting ?? concerned;
  return {
    ...entry,
    actor: acting ? sealFor(acting, actor) : actor,
    ip: where && ip !== null ? sealFor(where, ip) : ip,
    object: concerned && about !== undefined ? `account/${sealFor(concerned, about)}` : object,
    // A column of JSON: the sealed text is a JSON string.
    detail: concerned && detail !== null ? JSON.stringify(sealFor(concerned, detail)) : detail,
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
