/** Last-seen times and statuses in the database, written in batches that only move them forward. */
import type { Database, Unit } from '@palestra/server';
import type { components } from '../contract.generated.js';
import type { Boots } from './boots.js';

export type Status = components['schemas']['StamsStatus'];

export interface Seen {
  /** Milliseconds since the epoch. */
  readonly lastSeen: number | null;
  readonly status: Status | null;
  readonly cloned: number | null;
}

/** What is to be written of one STAMS. */
export interface News {
  readonly uid: number;
  readonly lastSeen: number;
  readonly status: Status | undefined;
  /** Boots that began since the last write, in order. */
  readonly newBoots: readonly string[];
}

export interface StatusStore {
  read(uid: number): Promise<Seen>;
  /** In one transaction; gives the current boots, as the database has them then. */
  write(batch: readonly News[]): Promise<ReadonlyMap<number, string | null>>;
}

export function createStatusStore(database: Database, boots: Boots): StatusStore {
  const { knex } = database;
  const byUid = database.statement((_, parameter) =>
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

  async function writeOne({ uid, lastSeen, status, newBoots }: News, unit: Unit): Promise<void> {
    for (const bootId of newBoots) await boots.begin(uid, bootId, lastSeen, unit);
    const values = { uid, before: lastSeen, last_seen_at: lastSeen };
    if (status) await setBoth.run({ ...values, status: JSON.stringify(status) }, unit);
    else await setSeen.run(values, unit);
  }

  return {
    async read(uid) {
      const row = await byUid.first({ uid });
      return {
        lastSeen: (row?.last_seen_at as number | null | undefined) ?? null,
        status: row?.status == null ? null : JSON.parse(String(row.status)),
        cloned: (row?.cloned_at as number | null | undefined) ?? null,
      };
    },
    write: (batch) =>
      database.unitOfWork(async (unit) => {
        for (const news of batch) await writeOne(news, unit);
        const uids = batch.map(({ uid }) => uid);
        const current = await database.query<{ stams_id: number; boot_id: string | null }>(
          knex('stams_status').select('stams_id', 'boot_id').whereIn('stams_id', uids),
          unit,
        );
        return new Map(current.map(({ stams_id: uid, boot_id: bootId }) => [uid, bootId]));
      }),
  };
}
