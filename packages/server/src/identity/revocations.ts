/** Tells the caches of this instance that tokens were ended, so that the next request is checked against the database. */
import type { Unit } from '@palestra/core';
import { afterCommit } from '../database/after-commit.js';

export interface Revocations {
  /** Tokens were ended: once `unit` has committed, at once without one. */
  announce(unit?: Unit): void;
  onRevoked(forget: () => void): void;
}

export function createRevocations(): Revocations {
  const listeners: (() => void)[] = [];
  return {
    announce: (unit) =>
      afterCommit(unit, () => {
        for (const forget of listeners) forget();
      }),
    onRevoked: (forget) => void listeners.push(forget),
  };
}
