/** Whether a column can hold what a field describes, and whether it can be made to without losing what it has. */
import type { Column } from '@palestra/core';
import { storageOf } from '../database/inspect.js';

/** What a column is called in messages. */
export function contentOf({ type }: Column): string {
  return type === 'json' ? 'JSON' : storageOf[type];
}

/** Whether the column can hold every value that a column defined as `after` can. */
export function fits(before: Column, after: Column): boolean {
  return (
    contentOf(before) === contentOf(after) &&
    lengthOf(before) >= lengthOf(after) &&
    !(before.type === 'ascii' && after.type !== 'ascii')
  );
}

/** Whether a column defined as `after` could lose what the column has. */
export function narrows(before: Column, after: Column): boolean {
  return lengthOf(after) < lengthOf(before) || (after.type === 'ascii' && before.type !== 'ascii');
}

export function isNullable(column: Column): boolean {
  return 'nullable' in column && column.nullable === true;
}

/** Characters or bytes. */
function lengthOf(column: Column): number {
  return 'length' in column ? column.length : Number.POSITIVE_INFINITY;
}
