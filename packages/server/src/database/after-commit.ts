/** What follows a write that may be part of a transaction. */
import type { Unit } from '@palestra/core';
import { joinedTransaction } from './joined-transaction.js';

/** Runs `action` once `unit` has committed; at once for a write that was its own transaction. */
export function afterCommit(unit: Unit | undefined, action: () => void): void {
  const transaction = unit ?? joinedTransaction();
  if (transaction) transaction.afterCommit(action);
  else action();
}
