/** The tables of the audit, with every statement over them: entries and anchors are only inserted. */
import { insertOnce } from '../database/insert-once.js';
import { limited } from '../database/statement.js';
import type { Database, Unit } from '../database/types.js';
import { type Anchor, type AuditRow, type ChainHead, noHash } from './chain.js';
import type { AuditPosition } from './types.js';

interface SealedHead extends ChainHead {
  readonly seal: string;
}

interface SealedAnchor extends Anchor {
  readonly seal: string;
}

export interface AuditStore {
  /** Inserts a head before the first entry, if there is none; waits for another unit that inserts it now. */
  openHead(chain: string, unit: Unit): Promise<void>;
  /** The head, locked until the unit's end; its `seq` is 0 before the first entry. */
  lockHead(chain: string, unit: Unit): Promise<ChainHead | undefined>;
  /** Moves the head on from the entry with the hash `from`; false if it is at another. */
  moveHead(head: SealedHead, from: string, unit: Unit): Promise<boolean>;
  insertEntry(row: AuditRow, unit: Unit): Promise<void>;
  /** Both at the end of the unit, which fails with `moved` if the head is at another entry than `from`. */
  appendLast(row: AuditRow, head: SealedHead, from: string, unit: Unit, moved: () => Error): void;
  /** Of all chains. */
  newestHash(unit: Unit): Promise<string | undefined>;
  /** Of the chains that were written to at `since` or later. */
  heads(since: number): Promise<SealedHead[]>;
  /** Chains that have entries, whether or not they have a head. */
  chains(): Promise<string[]>;
  /** The first entry of each chain. */
  firsts(): Promise<FirstEntry[]>;
  /** Entries of one chain after `seq`, in order. */
  entries(chain: string, seq: number, limit: number): Promise<AuditRow[]>;
  /** Entries of all chains after a position, in order. */
  after(position: AuditPosition, limit: number): Promise<AuditRow[]>;
  /** What an account did, after an entry by chain and number, in that order. */
  byActor(actorId: number, after: EntryKey, limit: number): Promise<AuditRow[]>;
  lastAnchor(): Promise<SealedAnchor | undefined>;
  /** False if there is an anchor of this number already. */
  insertAnchor(anchor: SealedAnchor): Promise<boolean>;
  anchors(seq: number, limit: number): Promise<SealedAnchor[]>;
}

type FirstEntry = Pick<AuditRow, 'chain' | 'prev'>;
export type EntryKey = Pick<AuditRow, 'chain' | 'seq'>;

const entryColumns = [
  'chain',
  'seq',
  'prev',
  'at',
  'actor_kind',
  'actor_id',
  'actor',
  'scope',
  'ip',
  'request_id',
  'action',
  'object',
  'before_hash',
  'after_hash',
  'detail',
  'hash',
] as const satisfies readonly (keyof AuditRow)[];
const chainHeadColumns = ['chain', 'seq', 'hash', 'at'] as const satisfies readonly (keyof ChainHead)[];
const headColumns = [...chainHeadColumns, 'seal'] as const satisfies readonly (keyof SealedHead)[];
const anchorColumns = ['seq', 'at', 'heads', 'seal'] as const satisfies readonly (keyof SealedAnchor)[];

export function createAuditStore(database: Database): AuditStore {
  const heads = headStatements(database);
  const entries = entryStatements(database);
  const anchors = anchorStatements(database);
  return {
    openHead: async (chain, unit) => void (await heads.open.run({ chain }, unit)),
    lockHead: (chain, unit) => heads.lock.first({ chain }, unit),
    moveHead: async (head, from, unit) => (await heads.move.run({ ...head, from }, unit)).affected === 1,
    heads: (since) => heads.since.all({ since }),
    insertEntry: async (row, unit) => void (await entries.insert.run({ ...row }, unit)),
    appendLast(row, head, from, unit, moved) {
      heads.move.runLast({ ...head, from }, unit, { missing: moved });
      entries.insert.runLast({ ...row }, unit);
    },
    newestHash: async (unit) => (await entries.newest.first({}, unit))?.hash,
    firsts: () => entries.firsts.all(),
    chains: async () => (await entries.chains.all()).map(({ chain }) => chain),
    entries: (chain, seq, limit) => entries.ofChain.all({ chain, seq, limit }),
    after: (position, limit) => entries.after.all({ ...position, limit }),
    byActor: (actor_id, { chain, seq }, limit) => entries.byActor.all({ actor_id, chain, seq, limit }),
    lastAnchor: () => anchors.last.first(),
    insertAnchor: (anchor) => insertOnce(anchors.insert, { ...anchor }),
    anchors: (seq, limit) => anchors.after.all({ seq, limit }),
  };
}

function headStatements(database: Database) {
  return {
    open: database.statement((knex, parameter) =>
      knex('audit_chain')
        .insert({ chain: parameter('chain'), seq: 0, hash: noHash, at: 0, seal: '' })
        .onConflict('chain')
        .ignore(),
    ),
    lock: database.statement<ChainHead>((knex, parameter) =>
      knex('audit_chain').select(chainHeadColumns).where('chain', parameter('chain')).forUpdate(),
    ),
    move: database.statement((knex, parameter) =>
      knex('audit_chain')
        .where({ chain: parameter('chain'), hash: parameter('from') })
        .update(parameter.each(['seq', 'hash', 'at', 'seal'])),
    ),
    since: database.statement<SealedHead>((knex, parameter) =>
      knex('audit_chain').select(headColumns).where('at', '>=', parameter('since')).orderBy('chain'),
    ),
  };
}

function entryStatements(database: Database) {
  return {
    insert: database.statement((knex, parameter) => knex('audit_entry').insert(parameter.each(entryColumns))),
    newest: database.statement<Pick<AuditRow, 'hash'>>((knex) =>
      knex('audit_entry')
        .select('hash')
        .orderBy([
          { column: 'at', order: 'desc' },
          { column: 'chain', order: 'desc' },
          { column: 'seq', order: 'desc' },
        ])
        .limit(1),
    ),
    firsts: database.statement<FirstEntry>((knex) => knex('audit_entry').select('chain', 'prev').where('seq', 1)),
    chains: database.statement<Pick<AuditRow, 'chain'>>((knex) =>
      knex('audit_entry').distinct('chain').orderBy('chain'),
    ),
    ofChain: database.statement<AuditRow>((knex, parameter) =>
      limited(
        knex,
        knex('audit_entry')
          .select(entryColumns)
          .where('chain', parameter('chain'))
          .where('seq', '>', parameter('seq'))
          .orderBy('seq'),
        parameter('limit'),
      ),
    ),
    byActor: database.statement<AuditRow>((knex, parameter) =>
      limited(
        knex,
        knex('audit_entry')
          .select(entryColumns)
          .where({ actor_id: parameter('actor_id') })
          .where('chain', '>=', parameter('chain'))
          .where((later) => later.where('chain', '>', parameter('chain')).orWhere('seq', '>', parameter('seq')))
          .orderBy(['chain', 'seq']),
        parameter('limit'),
      ),
    ),
    after: database.statement<AuditRow>((knex, parameter) =>
      limited(
        knex,
        knex('audit_entry')
          .select(entryColumns)
          .where('at', '>=', parameter('at'))
          .where((later) =>
            later
              .where('at', '>', parameter('at'))
              .orWhere('chain', '>', parameter('chain'))
              .orWhere((same) => same.where('chain', parameter('chain')).where('seq', '>', parameter('seq'))),
          )
          .orderBy(['at', 'chain', 'seq']),
        parameter('limit'),
      ),
    ),
  };
}

function anchorStatements(database: Database) {
  return {
    insert: database.statement((knex, parameter) => knex('audit_anchor').insert(parameter.each(anchorColumns))),
    last: database.statement<SealedAnchor>((knex) =>
      knex('audit_anchor').select(anchorColumns).orderBy('seq', 'desc').limit(1),
    ),
    after: database.statement<SealedAnchor>((knex, parameter) =>
      limited(
        knex,
        knex('audit_anchor').select(anchorColumns).where('seq', '>', parameter('seq')).orderBy('seq'),
        parameter('limit'),
      ),
    ),
  };
}
