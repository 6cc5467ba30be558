/** Results for the people they are about: players their own, coaches and operators those of their players and clubs. */
import { accountIdOf, type ClubService, includes, type Principal } from '@palestra/core';
import type { Database, Statement } from '@palestra/server/plugin';
import type { components } from '../contract.generated.js';
import { type ResultRow, toStored } from './results.js';

type PlayedResult = components['schemas']['PlayedResult'];

interface PlayedRange {
  /** 0 for all. */
  readonly find: number;
  readonly after: number;
}

/** In pages, in the order they came. */
export type ListPlayed = (principal: Principal, range: PlayedRange) => Promise<AsyncIterable<PlayedResult[]>>;

const pageSize = 200;
/** Ids in one statement at most. */
const mostIds = 256;

/** Rows behind an id, in its order. */
type Source = (after: number) => Promise<ResultRow[]>;

export function createListPlayed(database: Database, clubs: ClubService): ListPlayed {
  const sourceOf = createSources(database);
  return async (principal, range) => {
    const account = accountIdOf(principal);
    if (includes(principal.privilege, 'admin')) return pagesOf(sourceOf.all, range);
    if (account === undefined) return pagesOf([], range);
    const [players, places] = await Promise.all([clubs.playersOf(principal), clubs.placesOf(principal)]);
    const people = sourceOf('player_id', [...new Set([account, ...players])]);
    return pagesOf([...people, ...sourceOf('operator_id', places)], range);
  };
}

interface Sources {
  /** Those of which the column is one of `ids`. */
  (column: 'player_id' | 'operator_id', ids: readonly number[]): Source[];
  readonly all: Source[];
}

function createSources(database: Database): Sources {
  const statements = new Map<string, Statement<ResultRow>>();
  const select = (column?: string, size = 0) =>
    database.statement<ResultRow>((knex, parameter) => {
      const rows = knex('stams_result')
        .select('id', 'stams_id', 'operator_id', 'player_id', 'received_at', 'result')
        .where('id', '>', parameter('after'))
        .orderBy('id')
        .limit(pageSize);
      const ids = Array.from({ length: size }, (_, at) => parameter(`id${at}`));
      return column === undefined ? rows : rows.whereIn(column, ids);
    });
  const everything = select();

  /** Sizes are powers of two, so that few statements serve all lists; the last id fills up. */
  function oneOf(column: string, ids: readonly number[]): Source {
    const size = 2 ** Math.ceil(Math.log2(ids.length));
    const key = `${column} ${size}`;
    const statement = statements.get(key) ?? select(column, size);
    statements.set(key, statement);
    const values = Object.fromEntries(Array.from({ length: size }, (_, at) => [`id${at}`, ids[at] ?? ids[0] ?? 0]));
    return (after) => statement.all({ ...values, after });
  }

  return Object.assign(
    (column: string, ids: readonly number[]) => {
      const chunks = Math.ceil(ids.length / mostIds);
      return Array.from({ length: chunks }, (_, at) => oneOf(column, ids.slice(at * mostIds, (at + 1) * mostIds)));
    },
    { all: [(after: number) => everything.all({ after })] },
  );
}

interface Cursor {
  readonly read: Source;
  rows: ResultRow[];
  last: number;
  ended: boolean;
}

/** The sources merged by id; a result that two of them have is shown once. */
async function* pagesOf(sources: readonly Source[], { find, after }: PlayedRange): AsyncGenerator<PlayedResult[]> {
  const cursors = sources.map((read): Cursor => ({ read, rows: [], last: after, ended: false }));
  let left = find === 0 ? Number.POSITIVE_INFINITY : find;
  while (left > 0) {
    await Promise.all(cursors.map(refill));
    // Up to there, every source has been read.
    const known = Math.min(...cursors.map(({ ended, last }) => (ended ? Number.POSITIVE_INFINITY : last)));
    const merged = new Map(cursors.flatMap((cursor) => take(cursor, known)).map((row) => [row.id, row]));
    const rows = [...merged.values()].sort((a, b) => a.id - b.id).slice(0, left);
    left -= rows.length;
    // Also where there are none: others have their turn between two pages.
    yield rows.map(toPlayed);
    if (cursors.every(({ ended, rows: rest }) => ended && rest.length === 0)) return;
  }
}

async function refill(cursor: Cursor): Promise<void> {
  if (cursor.ended || cursor.rows.length > 0) return;
  cursor.rows = await cursor.read(cursor.last);
  cursor.ended = cursor.rows.length < pageSize;
  cursor.last = cursor.rows.at(-1)?.id ?? cursor.last;
}

function take(cursor: Cursor, known: number): ResultRow[] {
  const taken = cursor.rows.filter(({ id }) => id <= known);
  cursor.rows = cursor.rows.slice(taken.length);
  return taken;
}

function toPlayed(row: ResultRow): PlayedResult {
  return { stams_uid: row.stams_id, ...toStored(row) };
}
