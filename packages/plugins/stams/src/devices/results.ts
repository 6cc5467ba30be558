/** Results of STAMS: a batch is stored whole, and each result once, however often it is sent. */
import { type AccountsService, type Clock, parseId } from '@palestra/core';
import { tokenInvalid } from '@palestra/core/auth';
import type { Database, Unit } from '@palestra/server/plugin';
import { isDuplicate } from '@palestra/server/plugin';
import type { components } from '../contract.generated.js';
import type { StamsStore } from '../store.js';

type Schemas = components['schemas'];
type Result = Schemas['Result'];
type StoredResult = Schemas['StoredResult'];

interface ListOptions {
  /** 0 for all. */
  readonly find: number;
  readonly after: number;
  /** Only those that came while the STAMS was this operator's. */
  readonly operatorId?: number | null;
}

/** A result as it is stored, without its player, and who that is. */
interface NamedResult {
  readonly result: Omit<Result, 'player_id'>;
  readonly player: number | null;
}

export interface Results {
  /** For the operator that the STAMS has when they are stored. @throws PalestraError 401 for a STAMS that is gone */
  add(uid: number, results: readonly Result[]): Promise<Schemas['ResultsTaken']>;
  /** In pages, in the order they came. */
  list(uid: number, options: ListOptions): AsyncIterable<StoredResult[]>;
}

const pageSize = 200;
export interface ResultRow {
  readonly id: number;
  readonly stams_id: number;
  readonly operator_id: number | null;
  readonly player_id: number | null;
  readonly received_at: number;
  readonly result: string;
}

/** A batch that is sent again while it is being stored meets itself once. */
const tries = 3;

export interface ResultParts {
  readonly database: Database;
  readonly clock: Clock;
  readonly accounts: AccountsService;
  readonly store: Pick<StamsStore, 'lock'>;
}

export function createResults({ database, clock, accounts, store }: ResultParts): Results {
  const { knex } = database;
  const page = database.statement<ResultRow>((_, parameter) =>
    knex('stams_result')
      .select('id', 'stams_id', 'operator_id', 'player_id', 'received_at', 'result')
      .where({ stams_id: parameter('uid') })
      .where('id', '>', parameter('after'))
      .orderBy('id')
      .limit(pageSize),
  );

  async function addNew(uid: number, results: readonly NamedResult[], unit: Unit): Promise<number> {
    const stams = await store.lock(uid, unit);
    // A restored database may lack its row; its token then ends too.
    if (!stams) throw tokenInvalid();
    const uids = results.map(({ result }) => result.result_uid);
    const known = await database.query<{ result_uid: string }>(
      knex('stams_result').select('result_uid').where({ stams_id: uid }).whereIn('result_uid', uids),
      unit,
    );
    const stored = new Set(known.map(({ result_uid: resultUid }) => resultUid));
    const rows = results
      .filter(({ result }) => !stored.has(result.result_uid))
      .map(({ result, player }) => ({
        stams_id: uid,
        result_uid: result.result_uid,
        operator_id: stams.operatorId,
        player_id: player,
        received_at: clock.now(),
        result: JSON.stringify(result),
      }));
    if (rows.length > 0) await database.write(knex('stams_result').insert(rows), unit);
    return rows.length;
  }

  /** A device may know players who are gone: such a result has no player. */
  async function named(results: readonly Result[]): Promise<NamedResult[]> {
    const ids = new Set(results.flatMap(({ player_id }) => parseId(player_id ?? undefined) ?? []));
    const known = new Set(ids.size === 0 ? [] : (await accounts.findMany([...ids])).map(({ id }) => id));
    return results.map(({ player_id, ...result }) => {
      const player = parseId(player_id ?? undefined);
      return { result, player: player !== undefined && known.has(player) ? player : null };
    });
  }

  return {
    async add(uid, results) {
      const distinct = await named([...new Map(results.map((result) => [result.result_uid, result])).values()]);
      for (let attempt = 1; ; attempt++) {
        try {
          const stored = await database.unitOfWork((unit) => addNew(uid, distinct, unit));
          return { stored, duplicates: results.length - stored };
        } catch (error) {
          if (!isDuplicate(error) || attempt === tries) throw error;
        }
      }
    },

    async *list(uid, { find, after, operatorId }) {
      let left = find === 0 ? Number.POSITIVE_INFINITY : find;
      for (let last = after; left > 0; ) {
        const rows = await page.all({ uid, after: last });
        const shown = rows.filter((row) => operatorId === undefined || row.operator_id === operatorId).slice(0, left);
        // Also where nothing is shown of it: others have their turn between two pages.
        yield shown.map(toStored);
        if (rows.length < pageSize) return;
        left -= shown.length;
        last = Number(rows.at(-1)?.id);
      }
    },
  };
}

export function toStored({ id, received_at: receivedAt, player_id, result }: ResultRow): StoredResult {
  return {
    result_id: id,
    received_at: new Date(receivedAt).toISOString(),
    result: { ...JSON.parse(result), ...(player_id !== null && { player_id }) },
  };
}
