/**
 * The transaction of a request under an `Idempotency-Key`, where its handler passes it to every write. The asynchronous
 * context of `joined-transaction.ts` needs no help of a handler, but makes each promise of the process dearer meanwhile.
 */
import type { Unit } from '@palestra/core';
import type { Database, Transaction } from './types.js';

/** What a handler is called with. */
export interface TransactedCall {
  transaction?: Transaction | undefined;
}

/** Undefined where the call has none, and after its end. */
function transactionOf(call: object): Transaction | undefined {
  const transaction = isTransacted(call) ? call.transaction : undefined;
  return transaction?.isOpen ? transaction : undefined;
}

function isTransacted(call: object): call is TransactedCall {
  return 'transaction' in call;
}

/** For a write that is a transaction of its own where the call has none. */
export async function unitOf(call: object): Promise<Unit | undefined> {
  return transactionOf(call)?.unit();
}

/** `unitOfWork` of the database, or inside the transaction of the call. */
export function unitOfWorkOf<Result>(
  call: object,
  database: Database,
  work: (unit: Unit) => Promise<Result>,
): Promise<Result> {
  return transactionOf(call)?.inner(work) ?? database.unitOfWork(work);
}

const passing = new WeakSet<object>();

/** Marks a handler all of whose writes are made by `unitOf` and `unitOfWorkOf` of its call. */
export function passesTransaction<Handler extends object>(handler: Handler): Handler {
  passing.add(handler);
  return handler;
}

export function doesPassTransaction(handler: object): boolean {
  return passing.has(handler);
}
