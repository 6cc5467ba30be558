/** The index of trigrams on SQLite: an FTS5 table, which triggers keep in the transaction of every write; see `text-index.ts`. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { quoted } from './dialect.js';
import { driverOf } from './driver.js';
import { indexedText, removalOf, textIndexParts, vocabularyName } from './sqlite-text-index-definition.js';
import {
  type Candidates,
  mostCandidates,
  mostPieces,
  pieceLength,
  type SearchedText,
  type TextIndex,
  textIndexName,
} from './text-index.js';
import type { Database, Row } from './types.js';

/** Places in texts that are looked at for a text shorter than a piece. */
const mostPlaces = 1_024;
/** Rows that one transaction of the filling writes: some 10 ms. */
const batch = 100;
const loneSurrogate = /\p{Surrogate}/u;
/** Not a row's id: says that every row is in. */
const whole = 0;

/** What FTS5 is asked for text in any of some columns; undefined where the index cannot tell. */
function matchOf(columns: readonly string[], text: string): string | undefined {
  const characters = [...text];
  const count = characters.length - pieceLength + 1;
  // A NUL ends the text of a match.
  if (count < 1 || text.includes('\0')) return undefined;
  const step = Math.max(1, Math.ceil(count / mostPieces));
  const pieces = new Set<string>();
  for (let at = 0; at < count; at += step) pieces.add(characters.slice(at, at + pieceLength).join(''));
  const phrases = [...pieces].map((piece) => `"${piece.replaceAll('"', '""')}"`);
  return `({${columns.join(' ')}} : (${phrases.join(' AND ')}))`;
}

export function createSqliteTextIndex(database: Database, of: string, columns: readonly string[]): TextIndex {
  // In the database's own names: no statement here names another table.
  const table = driverOf(database).tableNames.physical(of);
  const name = textIndexName(table);
  const parts = textIndexParts(table, columns);
  const statements = statementsOf(database, table, [...parts.keys()]);
  const { byPieces, byShortText } = searchBy(statements);

  async function isMade(): Promise<boolean> {
    const made = new Set((await statements.found.all()).map(({ sql }) => sql));
    return [...parts.values()].every((sql) => made.has(sql));
  }

  async function isWhole(): Promise<boolean> {
    try {
      return (await statements.mark.first()) !== undefined;
    } catch {
      // There is no such table yet, or no longer.
      return false;
    }
  }

  /** In one transaction. */
  function run(...statements: readonly string[]): Promise<void> {
    return database.unitOfWork(async (unit) => {
      for (const sql of statements) await database.write(database.knex.raw(sql), unit);
    });
  }

  /** Rows behind this id; the last id that was written, if any was. */
  function fill(after: number): Promise<number | undefined> {
    const { knex } = database;
    const ids = knex(table).select('id').where('id', '>', after).orderBy('id').limit(batch);
    return database.unitOfWork(async (unit) => {
      const [row] = await database.query<Row>(knex.max({ last: 'id' }).from(ids.as('some')), unit);
      const last = row?.last as number | null;
      if (last === null) return undefined;
      const texts = quoted(...columns);
      const into = `insert or replace into ${quoted(name)} (rowid, ${texts})`;
      await database.write(
        knex.raw(
          `${into} select id, ${columns.map((column) => indexedText(quoted(column))).join(', ')} from ${quoted(table)} where id > ? and id <= ?`,
          [after, last],
        ),
        unit,
      );
      return last;
    });
  }

  return {
    columns: new Set(columns),
    isWhole,
    async candidates(texts) {
      if (!(await isWhole())) return undefined;
      return byPieces(texts) ?? (await byShortText(texts));
    },
    follow: undefined,
    async build(ended) {
      if (!(await isMade())) await run(...removalOf(table), ...parts.values());
      else if (await isWhole()) return;
      for (let after: number | undefined = 0; after !== undefined; after = await fill(after)) {
        await nextTurn();
        if (ended()) return;
      }
      await run(`insert or replace into ${quoted(name)} (rowid) values (${whole})`);
    },
  };
}

type Statements = ReturnType<typeof statementsOf>;

function searchBy({ candidates, places }: Pick<Statements, 'candidates' | 'places'>) {
  /** What has the pieces of all texts that are long enough to have one. */
  function byPieces(texts: readonly SearchedText[]): Candidates | undefined {
    const match = texts.flatMap(({ columns, text }) => matchOf(columns, text) ?? []).join(' AND ');
    if (match === '') return undefined;
    return async (after) => {
      const found = await candidates.tuples({ match, after, limit: mostCandidates });
      return found.map(([id]) => id as number);
    };
  }

  /** What has the first short text that few rows have; others are soon found by looking at all rows. */
  async function byShortText(texts: readonly SearchedText[]): Promise<Candidates | undefined> {
    for (const text of texts) {
      const ids = await few(text);
      if (ids) return (after) => ids.filter((id) => id > after).slice(0, mostCandidates);
    }
    return undefined;
  }

  /**
   * Ids of all rows that may have, in one of the columns, a text too short for a piece; in order. Undefined where there
   * are many, in whatever columns, or where the index cannot tell.
   */
  async function few({ columns: some, text }: SearchedText): Promise<number[] | undefined> {
    // Half of a character is stored as bytes that FTS5 reads as others.
    if (text === '' || text.includes('\0') || loneSurrogate.test(text)) return undefined;
    const found = await places.tuples({ first: text, last: `${text}\u{10ffff}`, limit: mostPlaces });
    if (found.length === mostPlaces) return undefined;
    const ids = new Set(found.flatMap(([id, column]) => (some.includes(column as string) ? [id as number] : [])));
    return [...ids].sort((a, b) => a - b);
  }

  return { byPieces, byShortText };
}

/** @param parts Names of what the index consists of */
function statementsOf(database: Database, table: string, parts: readonly string[]) {
  const name = textIndexName(table);
  const found = database.statement<{ sql: string }>((knex) =>
    knex('sqlite_schema').select('sql').whereIn('name', parts),
  );
  const mark = database.statement((knex) => knex(name).select('rowid').where('rowid', whole));
  const candidates = database.statement((knex, parameter) =>
    knex.raw('select rowid from ?? where ?? match ? and rowid > ? order by rowid limit ?', [
      ...[name, name, parameter('match'), parameter('after'), parameter('limit')],
    ]),
  );

  const places = database.statement((knex, parameter) =>
    knex.raw('select doc, col from ?? where term >= ? and term <= ? limit ?', [
      ...[vocabularyName(table), parameter('first'), parameter('last'), parameter('limit')],
    ]),
  );
  return { found, mark, candidates, places };
}
