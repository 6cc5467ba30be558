/** Last-seen times and statuses in the database, written in batches that only move them forward. */
import type { Database, Unit } from '@palestra/server/plugin';
import type { components } from '../contract.generated.js';

export type Status = components['schemas']['StamsStatus'];

export interface Seen {
  /** Milliseconds since the epoch. */
  readonly lastSeen: number | null;
  readonly status: Status | null;
  readonly cloned: number | null;
}

/** What is to be written of one STAMS. */
export interface SeenUpdate {
  readonly uid: number;
  readonly lastSeen: number;
  readonly status: Status | undefined;
}

export interface StatusStore {
  read(uid: number): Promise<Seen>;
  /** In one transaction. */
  write(batch: readonly SeenUpdate[]): Promise<void>;
}

interface StatusRow {
  readonly last_seen_at: number | null;
  readonly status: string | null;
  readonly cloned_at: number | null;
}

export function createStatusStore(database: Database): StatusStore {
  const { knex } = database;
  const byUid = database.statement<StatusRow>((_, parameter) =>
    knex('stams_status')
      .select('last_seen_at', 'status', 'cloned_at')
      .where({ stams_id: parameter('uid') }),
  );
  const update = (columns: readonly string[]) =>
    database.statement((_, parameter) =>
      knex('stams_status')
        .where({ stams_id: parameter('uid') })
        .where((older) => older.whereNull('last_seen_at').orWhere('last_seen_at', '<', parameter('before')))
        .update(Object.fromEntries(columns.map((column) => [column, parameter(column)]))),
    );
  const setSeen = update(['last_seen_at']);
  const setBoth = update(['last_seen_at', 'status']);

  async function writeOne({ uid, lastSeen, status }: SeenUpdate, unit: Unit): Promise<void> {
    const values = { uid, before: lastSeen, last_seen_at: lastSeen };
    if (status) await setBoth.run({ ...values, status: JSON.stringify(status) }, unit);
    else await setSeen.run(values, unit);
  }

  return {
    async read(uid) {
      const row = await byUid.first({ uid });
      return {
        lastSeen: row?.last_seen_at ?? null,
        status: row?.status == null ? null : JSON.parse(row.status),
        cloned: row?.cloned_at ?? null,
      };
    },
    write: (batch) =>
      database.unitOfWork(async (unit) => {
        for (const each of batch) await writeOne(each, unit);
      }),
  };
}
