/** Ids of the club API are numbers; in a path they are text. */

/** @throws TypeError for NaN and other numbers that are no id */
export function pathId(id: number): string {
  if (typeof id === 'number' && !Number.isSafeInteger(id)) throw new TypeError(`${id} is not an id`);
  return String(id);
}
