/**
 * An index of trigrams over texts of a table, for finding what a text contains. Triggers keep it, or note what it lacks, in the
 * transaction of every write, also of one from outside. It is derived from the rows, so it is no migration: a start makes it where
 * it is missing or is another one, and fills it while requests are served; until then it is not used.
 */
/** Characters of a piece; a shorter text has none. */
export const pieceLength = 3;
/** Pieces of a text that are looked for, spread over it: more would find hardly less. */
export const mostPieces = 16;
/** Ids of one list of candidates. */
export const mostCandidates = 256;

/** What a row has to contain in one of these columns of the index. */
export interface SearchedText {
  readonly columns: readonly string[];
  readonly text: string;
}

/** At most `mostCandidates` ids behind this one, in order, of rows that may match: all of those that do, and some others. */
export type Candidates = (after: number) => number[] | Promise<number[]>;

export interface TextIndex {
  /** Columns whose texts are in it. */
  readonly columns: ReadonlySet<string>;
  /** Whether it tells of every row now; another process may be making it again. */
  isWhole(): Promise<boolean>;
  /** Rows that may have all of the texts; undefined while it is not whole, where there are many, or where it cannot tell. */
  candidates(texts: readonly SearchedText[]): Promise<Candidates | undefined>;
  /** Makes and fills it, in steps between which others have a turn, until it is whole or `ended`. */
  build(ended: () => boolean): Promise<void>;
  /** Once it is whole, takes in what is written, until `ended`; undefined where the write itself does. */
  readonly follow: ((ended: () => boolean) => Promise<void>) | undefined;
}

/** The name of the index of a table. */
export function textIndexName(table: string): string {
  return `${table}_trigrams`;
}

/** Tables that the index of one of these tables may consist of. */
export function textIndexTables(tables: Iterable<string>): Set<string> {
  const parts = ['', '_vocabulary', '_data', '_idx', '_docsize', '_config', '_pending'];
  return new Set([...tables].flatMap((table) => parts.map((part) => textIndexName(table) + part)));
}
