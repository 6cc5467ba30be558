/**
 * Last-seen times and statuses in the database, written in batches that only move them forward: each by its own time,
 * since another instance may have heard of the STAMS later, and not got the status.
 */
import type { Database, Unit } from '@palestra/server/plugin';
import type { components } from '../contract.generated.js';

export type Status = components['schemas']['StamsStatus'];

/** Times are milliseconds since the epoch. */
export interface Seen {
  readonly lastSeen: number | null;
  readonly status: Status | null;
  /** When `status` was received. */
  readonly statusAt: number | null;
  readonly cloned: number | null;
}

/** What is to be written of one STAMS. */
export interface SeenUpdate {
  readonly uid: number;
  readonly lastSeen: number;
  /** Undefined if none is to be written. */
  readonly reported: Reported | undefined;
}

export interface Reported {
  readonly status: Status;
  readonly at: number;
}

export interface StatusStore {
  read(uid: number): Promise<Seen>;
  /** In one transaction. */
  write(batch: readonly SeenUpdate[]): Promise<void>;
}

interface StatusRow {
  readonly last_seen_at: number | null;
  readonly status: string | null;
  readonly status_at: number | null;
  readonly cloned_at: number | null;
}

export function createStatusStore(database: Database): StatusStore {
  const { knex } = database;
  const byUid = database.statement<StatusRow>((_, parameter) =>
    knex('stams_status')
      .select('last_seen_at', 'status', 'status_at', 'cloned_at')
      .where({ stams_id: parameter('uid') }),
  );
  const setSeen = database.statement((_, parameter) =>
    knex('stams_status')
      .where({ stams_id: parameter('uid') })
      .where((older) => older.whereNull('last_seen_at').orWhere('last_seen_at', '<', parameter('lastSeen')))
      .update({ last_seen_at: parameter('lastSeen') }),
  );
  // Of two that were received in one millisecond, the one written later is the later one.
  const setStatus = database.statement((_, parameter) =>
    knex('stams_status')
      .where({ stams_id: parameter('uid') })
      .where((older) => older.whereNull('status_at').orWhere('status_at', '<=', parameter('at')))
      .update({ status: parameter('status'), status_at: parameter('at') }),
  );

  async function writeOne({ uid, lastSeen, reported }: SeenUpdate, unit: Unit): Promise<void> {
    await setSeen.run({ uid, lastSeen }, unit);
    if (reported) await setStatus.run({ uid, at: reported.at, status: JSON.stringify(reported.status) }, unit);
  }

  return {
    async read(uid) {
      const row = await byUid.first({ uid });
      return {
        lastSeen: row?.last_seen_at ?? null,
        status: row?.status == null ? null : JSON.parse(row.status),
        statusAt: row?.status_at ?? null,
        cloned: row?.cloned_at ?? null,
      };
    },
    write: (batch) =>
      database.unitOfWork(async (unit) => {
        for (const each of batch) await writeOne(each, unit);
      }),
  };
}
