/**
 * Tells the caches of this instance, and of the workers beside it, that tokens were ended, so that the next request is
 * checked against the database.
 */
import { afterCommit } from '../database/after-commit.js';
import type { Siblings } from '../workers/siblings.js';
import type { Revocations } from './types.js';

export function createRevocations(siblings?: Pick<Siblings, 'tell' | 'onTold'>): Revocations {
  const listeners: (() => void)[] = [];
  const forgetAll = () => {
    for (const forget of listeners) forget();
  };
  siblings?.onTold('revoked', forgetAll);
  return {
    announce: (unit) =>
      afterCommit(unit, () => {
        forgetAll();
        siblings?.tell('revoked');
      }),
    onRevoked: (forget) => void listeners.push(forget),
  };
}
