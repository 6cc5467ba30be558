/** Inserts whose unique key decides: of several callers with the same key, one inserts and the others are told so. */
import type { Unit } from '@palestra/core';
import { databaseFault } from './errors.js';
import type { Statement, Values } from './types.js';

/** A unique index or primary key has the value already; with `constraint`, that index or key. */
export function isDuplicate(error: unknown, constraint?: string): boolean {
  const fault = databaseFault(error);
  return fault?.kind === 'duplicate' && (constraint === undefined || fault.constraint === constraint);
}

/** False if a row with the same unique key is there already; nothing is then written, and `unit` stays usable. */
export async function insertOnce(insert: Pick<Statement, 'run'>, values: Values, unit?: Unit): Promise<boolean> {
  try {
    await insert.run(values, unit);
    return true;
  } catch (error) {
    if (isDuplicate(error)) return false;
    throw error;
  }
}
