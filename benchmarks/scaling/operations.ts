/**
 * What the busiest operations ask of the database, statement by statement; `test/scaling.test.ts` compares it with what the
 * server sends. A row that many calls change is locked from the statement that names it to the commit.
 */

/** `merchandise` is the stock of what is sold, `pass` the purchase, `audit` the head of one of the instance's chains. */
export type HotRow = 'merchandise' | 'pass' | 'audit';

export interface Transaction {
  /** The rows that the statements lock, in order; null for one that locks none that is shared. */
  readonly statements: readonly (HotRow | null)[];
}

/** A number of statements, each a transaction of its own that only reads, or a transaction. */
export type Step = { readonly reads: number } | { readonly write: true } | Transaction;

export const operations = {
  perform: [
    // The key of the call.
    { write: true },
    { statements: [null, 'merchandise', null, null, null, null, 'audit', null] },
    { statements: ['pass', null] },
  ],
  verify: [{ reads: 1 }, { statements: ['pass', null, 'audit', null] }],
  // The key of the call is read first, and written last, with what it did.
  admit: [{ reads: 3 }, { statements: ['pass', null, 'audit', null, null] }],
} as const satisfies Record<string, readonly Step[]>;

export type OperationName = keyof typeof operations;
