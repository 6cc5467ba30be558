/** The audit as it is read over HTTP: entries in the order in which they happened, streamed. */
import { formatId, type Handler, invalidRequest, queryPointer, streamed } from '@palestra/core';
import type { AuditRow } from '../audit/chain.js';
import type { AuditPosition, AuditReader } from '../audit/types.js';
import { limitOf } from '../resource/stream.js';
import type { components, operations } from './contract.generated.js';

type AuditEntry = components['schemas']['AuditEntry'];

const page = 500;
/** Behind which every entry is, and before every chain's name. */
const beginning: AuditPosition = { at: 0, chain: '', seq: 0 };

export function createAuditList(reader: AuditReader): Handler<operations['listAudit']> {
  async function* read(from: AuditPosition, most: number): AsyncGenerator<AuditEntry[], void> {
    let position = from;
    for (let left = most; left > 0; ) {
      const rows = await reader.after(position, Math.min(page, left));
      yield rows.map(toEntry);
      const last = rows.at(-1);
      if (!last || rows.length < page) return;
      left -= rows.length;
      // The position alone: a statement refuses values that it has no place for.
      position = { at: last.at, chain: last.chain, seq: last.seq };
    }
  }
  return ({ query: { find, after, since } }) => {
    const from = after === undefined ? beginning : positionOf(after);
    const earliest = since === undefined ? beginning : { ...beginning, at: Date.parse(since) };
    return streamed(read(from.at < earliest.at ? earliest : from, limitOf(find)));
  };
}

/** Of fixed width before and after the chain's name, so that ids as text are in the order of their positions. */
function idOf({ at, chain, seq }: AuditPosition): string {
  return `${String(at).padStart(15, '0')}-${chain}-${String(seq).padStart(12, '0')}`;
}

function positionOf(id: string): AuditPosition {
  const [, at, chain, seq] = /^(\d{15})-(.+)-(\d{12})$/.exec(id) ?? [];
  if (at === undefined || chain === undefined || seq === undefined)
    throw invalidRequest('after is not an _id of this list', queryPointer('after'));
  return { at: Number(at), chain, seq: Number(seq) };
}

function toEntry(row: AuditRow): AuditEntry {
  return {
    _id: idOf(row),
    date: new Date(row.at).toISOString(),
    actorKind: row.actor_kind as AuditEntry['actorKind'],
    actorId: row.actor_id === null ? null : formatId(row.actor_id),
    actor: row.actor,
    scope: row.scope,
    ip: row.ip,
    requestId: row.request_id,
    action: row.action,
    object: row.object,
    beforeHash: row.before_hash,
    afterHash: row.after_hash,
    detail: row.detail === null ? null : JSON.parse(row.detail),
    chain: row.chain,
    seq: row.seq,
    prev: row.prev,
    hash: row.hash,
  };
}
