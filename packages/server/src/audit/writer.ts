/**
 * Appends entries to this instance's chains, in the transaction of what they record. The head is moved on from where this
 * instance left it, and read only where it is somewhere else: after a rollback, or where another instance has moved it.
 */
import type { Clock } from '@palestra/core';
import type { KeyRing, SecretKey } from '@palestra/core/auth';
import { UndoneWithOthers } from '../database/errors.js';
import type { Unit } from '../database/types.js';
import type { Audit, AuditActor, AuditEvent } from '../plugin/audit.js';
import { type AuditRow, type ChainHead, digestOf, hashOf, noHash, sealOf } from './chain.js';
import type { Lane, TakeLane } from './lanes.js';
import { type AuditPersons, sealFor, sealName } from './persons.js';
import type { AuditStore } from './store.js';

export interface WriterOptions {
  readonly takeLane: TakeLane;
  readonly store: AuditStore;
  readonly persons: AuditPersons;
  readonly keys: KeyRing<SecretKey>;
  readonly clock: Clock;
  readonly creates: boolean;
}

export function createWriter({ takeLane, store, persons, keys, clock, creates }: WriterOptions): Audit {
  /** Locks the row of the head, so that the units of all instances that append to its chain follow one another. */
  async function lockHead({ chain, opened }: Lane, unit: Unit): Promise<Head> {
    if (!opened) await store.openHead(chain, unit);
    const head = await store.lockHead(chain, unit);
    if (!head) throw new Error(`The head of the audit's chain ${chain} was deleted.`);
    return head;
  }

  /** The first entry of a chain goes on from the newest of all. */
  async function link(entry: Entry, chain: string, { seq, hash }: Head, unit: Unit): Promise<AuditRow> {
    entry.chain = chain;
    entry.seq = seq + 1;
    entry.prev = seq > 0 ? hash : ((await store.newestHash(unit)) ?? noHash);
    entry.hash = hashOf(entry);
    return entry;
  }

  function sealed({ chain, seq, hash, at }: AuditRow) {
    const head = { chain, seq, hash, at };
    return { ...head, seal: sealOf(head, keys.active) };
  }

  async function append(entry: Entry, unit: Unit): Promise<void> {
    const lane = takeLane(unit);
    const { head, sure } = lane;
    if (head && sure) {
      lane.head = await appendLast(head, lane, entry, unit);
      return;
    }
    const row = (await appendTo(head, lane, entry, unit)) ?? (await appendLocked(lane, entry, unit));
    await store.insertEntry(row, unit);
    lane.head = row;
  }

  /** With the COMMIT. If the head is somewhere else after all, the unit is run again, and reads it. */
  async function appendLast(head: Head, lane: Lane, entry: Entry, unit: Unit): Promise<AuditRow> {
    const row = await link(entry, lane.chain, head, unit);
    store.appendLast(row, sealed(row), head.hash, unit, () => {
      lane.sure = false;
      return new UndoneWithOthers(`The head of the audit's chain ${lane.chain} was moved by another process.`);
    });
    return row;
  }

  /** Undefined if the head is not known, or somewhere else. */
  async function appendTo(head: Head | undefined, { chain }: Lane, entry: Entry, unit: Unit) {
    const row = head && (await link(entry, chain, head, unit));
    return row && (await store.moveHead(sealed(row), head.hash, unit)) ? row : undefined;
  }

  async function appendLocked(lane: Lane, entry: Entry, unit: Unit): Promise<AuditRow> {
    const row = await appendTo(await lockHead(lane, unit), lane, entry, unit);
    if (!row) throw new Error(`The head of the audit's chain ${lane.chain} was moved in spite of its lock.`);
    return row;
  }

  return {
    creates,
    async record(unit, actor, event) {
      await append(await entryOf({ persons, clock }, actor, event, unit), unit);
    },
  };
}

type Head = Pick<ChainHead, 'seq' | 'hash'>;
/** Its link is filled in: copies of so many columns cost more than their hash. */
type Entry = { -readonly [Column in keyof AuditRow]: AuditRow[Column] };

const unlinked: Pick<Entry, 'chain' | 'seq' | 'prev' | 'hash'> = { chain: '', seq: 0, prev: '', hash: '' };

async function entryOf(
  { persons, clock }: Pick<WriterOptions, 'persons' | 'clock'>,
  actor: AuditActor,
  { action, object, before, after, detail }: AuditEvent,
  unit: Unit,
): Promise<Entry> {
  const at = clock.now();
  const who = columnsOf(actor);
  const { actor_kind, actor_id, scope, request_id } = who;
  const text = detail === undefined ? null : JSON.stringify(detail);
  const named = { actor_id, actor: who.actor, ip: who.ip, object, detail: text };
  const told = await withoutNames(named, persons, unit);
  return {
    ...unlinked,
    at,
    actor_kind,
    actor_id,
    actor: told.actor,
    scope,
    ip: told.ip,
    request_id,
    action,
    object: told.object,
    before_hash: digestOf(before),
    after_hash: digestOf(after),
    detail: told.detail,
  };
}

type Named = Pick<AuditRow, 'actor_id' | 'actor' | 'ip' | 'object' | 'detail'>;

/** Seals what tells about the account that acts, and about the one that is acted on. */
async function withoutNames(named: Named, persons: AuditPersons, unit: Unit): Promise<Omit<Named, 'actor_id'>> {
  const { actor_id, actor, ip, object, detail } = named;
  const [, about] = /^account\/(\d+)$/.exec(object) ?? [];
  const acting = actor_id === null ? undefined : await persons.of(actor_id, unit);
  const concerned = about === undefined ? undefined : await persons.of(Number(about), unit);
  const where = acting ?? concerned;
  return {
    actor: acting ? sealName(acting, actor) : actor,
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
