/** Statements over the audit: entries and anchors are only ever inserted. */
import type { Database, Unit } from '../database/types.js';
import { type Anchor, type AuditRow, type ChainHead, noHash } from './chain.js';

export interface SealedHead extends ChainHead {
  readonly seal: string;
}

export interface SealedAnchor extends Anchor {
  readonly seal: string;
}

/** A place in the order of all entries. */
export interface AuditPosition {
  readonly at: number;
  readonly chain: string;
  readonly seq: number;
}

export interface AuditStore {
  /** Makes a head before the first entry, if there is none; waits for whoever makes it now. */
  openHead(chain: string, unit: Unit): Promise<void>;
  /** The head, locked until the unit's end; its `seq` is 0 before the first entry. */
  lockHead(chain: string, unit: Unit): Promise<ChainHead | undefined>;
  moveHead(head: SealedHead, unit: Unit): Promise<void>;
  insertEntry(row: AuditRow, unit: Unit): Promise<void>;
  /** Of all chains. */
  newestHash(unit: Unit): Promise<string | undefined>;
  /** Of the chains that were written to at `since` or later. */
  heads(since: number): Promise<SealedHead[]>;
  /** Chains that have entries, whether or not they have a head. */
  chains(): Promise<string[]>;
  /** The first entry of each chain. */
  firsts(): Promise<Pick<AuditRow, 'chain' | 'prev'>[]>;
  /** Entries of one chain after `seq`, in order. */
  entries(chain: string, seq: number, limit: number): Promise<AuditRow[]>;
  /** Entries of all chains after a position, in order. */
  after(position: AuditPosition, limit: number): Promise<AuditRow[]>;
  lastAnchor(): Promise<SealedAnchor | undefined>;
  /** Rejects with a duplicate if there is an anchor of this number. */
  insertAnchor(anchor: SealedAnchor): Promise<void>;
  anchors(seq: number, limit: number): Promise<SealedAnchor[]>;
}

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
const headColumns = ['chain', 'seq', 'hash', 'at', 'seal'];
const anchorColumns = ['seq', 'at', 'heads', 'seal'];

export function createAuditStore(database: Database): AuditStore {
  const insertInto = (table: string, columns: readonly string[]) =>
    database.statement((knex, parameter) =>
      knex(table).insert(Object.fromEntries(columns.map((column) => [column, parameter(column)]))),
    );
  const insertEntry = insertInto('audit_entry', entryColumns);
  const openHead = database.statement((knex, parameter) =>
    knex('audit_chain')
      .insert({ chain: parameter('chain'), seq: 0, hash: noHash, at: 0, seal: '' })
      .onConflict('chain')
      .ignore(),
  );
  const insertAnchor = insertInto('audit_anchor', anchorColumns);
  const lockHead = database.statement<ChainHead>((knex, parameter) =>
    knex('audit_chain').select('chain', 'seq', 'hash', 'at').where('chain', parameter('chain')).forUpdate(),
  );
  const moveHead = database.statement((knex, parameter) =>
    knex('audit_chain')
      .where('chain', parameter('chain'))
      .update({ seq: parameter('seq'), hash: parameter('hash'), at: parameter('at'), seal: parameter('seal') }),
  );
  const newest = database.statement<{ hash: string }>((knex) =>
    knex('audit_entry')
      .select('hash')
      .orderBy([
        { column: 'at', order: 'desc' },
        { column: 'chain', order: 'desc' },
        { column: 'seq', order: 'desc' },
      ])
      .limit(1),
  );
  const heads = database.statement<SealedHead>((knex, parameter) =>
    knex('audit_chain').select(headColumns).where('at', '>=', parameter('since')).orderBy('chain'),
  );
  const firsts = database.statement<Pick<AuditRow, 'chain' | 'prev'>>((knex) =>
    knex('audit_entry').select('chain', 'prev').where('seq', 1),
  );
  const chains = database.statement<{ chain: string }>((knex) =>
    knex('audit_entry').distinct('chain').orderBy('chain'),
  );
  const entries = database.statement<AuditRow>((knex, parameter) =>
    knex('audit_entry')
      .select(entryColumns)
      .where('chain', parameter('chain'))
      .where('seq', '>', parameter('seq'))
      .orderByRaw('?? limit ?', ['seq', parameter('limit')]),
  );
  const after = database.statement<AuditRow>((knex, parameter) =>
    knex('audit_entry')
      .select(entryColumns)
      .where('at', '>=', parameter('at'))
      .where((later) =>
        later
          .where('at', '>', parameter('at'))
          .orWhere('chain', '>', parameter('chain'))
          .orWhere((same) => same.where('chain', parameter('chain')).where('seq', '>', parameter('seq'))),
      )
      .orderByRaw('??, ??, ?? limit ?', ['at', 'chain', 'seq', parameter('limit')]),
  );
  const anchors = database.statement<SealedAnchor>((knex, parameter) =>
    knex('audit_anchor')
      .select(anchorColumns)
      .where('seq', '>', parameter('seq'))
      .orderByRaw('?? limit ?', ['seq', parameter('limit')]),
  );
  const lastAnchor = database.statement<SealedAnchor>((knex) =>
    knex('audit_anchor').select(anchorColumns).orderBy('seq', 'desc').limit(1),
  );
  return {
    lockHead: (chain, unit) => lockHead.first({ chain }, unit),
    openHead: async (chain, unit) => void (await openHead.run({ chain }, unit)),
    moveHead: async (head, unit) => void (await moveHead.run({ ...head }, unit)),
    insertEntry: async (row, unit) => void (await insertEntry.run({ ...row }, unit)),
    newestHash: async (unit) => (await newest.first({}, unit))?.hash,
    heads: (since) => heads.all({ since }),
    firsts: () => firsts.all(),
    chains: async () => (await chains.all()).map(({ chain }) => chain),
    entries: (chain, seq, limit) => entries.all({ chain, seq, limit }),
    after: (position, limit) => after.all({ ...position, limit }),
    lastAnchor: () => lastAnchor.first(),
    insertAnchor: async (anchor) => void (await insertAnchor.run({ ...anchor })),
    anchors: (seq, limit) => anchors.all({ seq, limit }),
  };
}
