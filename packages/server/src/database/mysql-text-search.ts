/**
 * Looks for texts in posting lists. Of a text the rarest pieces are read first, as one block tells, two of each column at a
 * time, until few rows are left: what is nowhere is known after the first. Rows that were written and not taken in yet are
 * candidates all the same, and are read first, since what is taken in meanwhile is then in the lists.
 */
import { quoted } from './dialect.js';
import {
  type IndexedTexts,
  pendingName,
  readState,
  stateKey,
  type TextIndexState,
} from './mysql-text-index-definition.js';
import {
  blockOf,
  countIn,
  idsIn,
  inAll,
  inAny,
  type Postings,
  piecesBeginning,
  searchedPieces,
  unpacked,
} from './postings.js';
import { type Candidates, mostCandidates, pieceLength, type SearchedText, textIndexName } from './text-index.js';
import type { Database } from './types.js';

/** Rows not taken in that a search compares, and from how many on it asks that they be taken in. */
const [mostPending, manyPending] = [4_096, 1_024];
/** Pieces of one statement; of each column in one round. */
const [piecesAtOnce, piecesOfRound] = [32, 2];
/** Lists that are read for a text shorter than a piece. */
const mostLists = 1_024;
const loneSurrogate = /\p{Surrogate}/u;
/** One row in so many is too many: looking at all rows is then as cheap. */
const manyOf = 16;

export interface PostingSearch {
  /** Undefined where there is no such index. */
  state(): Promise<TextIndexState | undefined>;
  candidates(texts: readonly SearchedText[]): Promise<Candidates | undefined>;
}

interface Column {
  /** Those that were not looked for yet. */
  pieces: number[];
  found: Postings | undefined;
}

/** @param want called where many rows are not taken in */
export function createPostingSearch(database: Database, texts: IndexedTexts, want: () => void): PostingSearch {
  const statements = statementsOf(database, texts);
  const columnNumber = new Map(texts.columns.map((column, number) => [column, number]));
  const numbersOf = ({ columns }: SearchedText) => columns.map((column) => columnNumber.get(column) ?? 0);
  const byPieces = searchByPieces(statements, numbersOf);
  const byShortText = searchByShortText(statements, numbersOf);

  /** The state, and the ids of rows that are not taken in. */
  async function begin(): Promise<{ state: TextIndexState | undefined; pending: number[] }> {
    try {
      const rows = await statements.begin.tuples({ limit: mostPending + 1 });
      const [first] = rows.flatMap(([bytes]) => (bytes === null ? [] : [bytes]));
      const pending = rows.flatMap(([bytes, id]) => (bytes === null ? [id as number] : []));
      return { state: first === undefined ? undefined : readState(first, texts), pending };
    } catch {
      // There is no such table yet, or no longer.
      return { state: undefined, pending: [] };
    }
  }

  return {
    state: async () => (await begin()).state,
    async candidates(all) {
      // Half of a character is stored, and compared, as another one.
      const known = all.filter(({ text }) => text !== '' && !loneSurrogate.test(text));
      if (known.length === 0) return undefined;
      const { state, pending } = await begin();
      if (!state || state.after !== null) return undefined;
      if (pending.length > manyPending) want();
      if (pending.length > mostPending) return undefined;
      const long = known.filter(({ text }) => text.length >= pieceLength);
      const found = long.length > 0 ? await byPieces(long, state.highest) : await byShortText(known);
      if (!found || countIn(found) > Math.max(mostCandidates, state.highest / manyOf)) return undefined;
      const ids = [...new Set([...idsIn(found), ...pending])].sort((a, b) => a - b);
      return (after) => ids.filter((id) => id > after).slice(0, mostCandidates);
    },
  };
}

type Statements = ReturnType<typeof statementsOf>;
/** The columns of a text by their numbers. */
type NumbersOf = (text: SearchedText) => number[];

/** What has the pieces of all texts. */
function searchByPieces({ lists }: Statements, numbersOf: NumbersOf) {
  async function read(pieces: readonly number[], from: number, to: number): Promise<Map<number, Postings>> {
    const found = new Map<number, Postings>();
    for (let at = 0; at < pieces.length; at += piecesAtOnce) {
      const values: Record<string, number> = { from, to };
      for (let index = 0; index < piecesAtOnce; index++) values[`piece_${index}`] = pieces[at + index] ?? stateKey;
      for (const [piece, block, bytes] of await lists.tuples(values)) {
        if (piece === stateKey) continue;
        const postings = found.get(piece as number) ?? new Map();
        found.set(piece as number, postings.set(block as number, unpacked(bytes as Uint8Array)));
      }
    }
    return found;
  }

  /** The rarest first, as the block in the middle tells. */
  async function sort(columns: readonly Column[], highest: number): Promise<void> {
    const block = blockOf(highest / 2);
    const sample = await read([...new Set(columns.flatMap(({ pieces }) => pieces))], block, block);
    const rarity = new Map([...sample].map(([piece, postings]) => [piece, countIn(postings)]));
    for (const column of columns) column.pieces.sort((a, b) => (rarity.get(a) ?? 0) - (rarity.get(b) ?? 0));
  }

  return async function byPieces(long: readonly SearchedText[], highest: number): Promise<Postings> {
    const terms = long.map((each): Column[] =>
      numbersOf(each).map((column) => ({ pieces: searchedPieces(column, each.text), found: undefined })),
    );
    const columns = terms.flat();
    await sort(columns, highest);
    let [from, to, found] = [0, blockOf(highest), new Map() as Postings];
    do {
      const open = columns.filter(({ found, pieces }) => found?.size !== 0 && pieces.length > 0);
      const round = await read([...new Set(open.flatMap(({ pieces }) => pieces.slice(0, piecesOfRound)))], from, to);
      for (const column of open) {
        const some = column.pieces.splice(0, piecesOfRound).map((piece) => round.get(piece) ?? new Map());
        column.found = inAll(column.found ? [column.found, ...some] : some);
      }
      found = inAll(terms.map((term) => inAny(term.map((column) => column.found ?? new Map()))));
      [from, to] = [Math.min(...found.keys()), Math.max(...found.keys())];
    } while (countIn(found) > mostCandidates && columns.some(({ found, pieces }) => found?.size && pieces.length > 0));
    return found;
  };
}

/** What has the first short text that few rows have; others are soon found by looking at all rows. */
function searchByShortText({ range }: Statements, numbersOf: NumbersOf) {
  async function few(text: SearchedText): Promise<Postings | undefined> {
    const found: Postings[] = [];
    let read = 0;
    for (const column of numbersOf(text)) {
      const [first, last] = piecesBeginning(column, text.text);
      const lists = await range.tuples({ first, last, limit: mostLists });
      read += lists.length;
      if (read >= mostLists) return undefined;
      found.push(
        ...lists.map(([block, bytes]): Postings => new Map([[block as number, unpacked(bytes as Uint8Array)]])),
      );
    }
    return inAny(found);
  }

  return async (short: readonly SearchedText[]): Promise<Postings | undefined> => {
    for (const each of short) {
      const found = await few(each);
      if (found) return found;
    }
    return undefined;
  };
}

function statementsOf(database: Database, { table }: IndexedTexts) {
  const [lists, pending] = [textIndexName(table), pendingName(table)];
  return {
    begin: database.statement((knex, parameter) =>
      knex.raw(
        `select ids, 0 as id from ${quoted(lists)} where piece = ${stateKey} and block = 0
          union all (select null, id from ${quoted(pending)} where written > 0 order by written limit ?)`,
        [parameter('limit')],
      ),
    ),
    lists: database.statement((knex, parameter) =>
      knex(lists)
        .select('piece', 'block', 'ids')
        .whereIn(
          'piece',
          Array.from({ length: piecesAtOnce }, (_, index) => parameter(`piece_${index}`)),
        )
        .where('block', '>=', parameter('from'))
        .where('block', '<=', parameter('to')),
    ),
    range: database.statement((knex, parameter) =>
      knex.raw(`select block, ids from ${quoted(lists)} where piece >= ? and piece <= ? limit ?`, [
        parameter('first'),
        parameter('last'),
        parameter('limit'),
      ]),
    ),
  };
}
