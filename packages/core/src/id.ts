/**
 * Identifiers on the wire. The database keeps integers; the resource API shows them as `_id`, a string of
 * fixed width, so that comparing two `_id` as text orders them as the server does ("Order is by `_id`").
 */

const WIDTH = 12;

/** `17` → `"000000000017"`. */
export function formatId(id: number): string {
  return String(id).padStart(WIDTH, '0');
}

/** The integer behind an `_id` or a club id ("Ids in bodies come as string or number"); undefined if it is none. */
export function parseId(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) && value > 0 ? value : undefined;
  if (typeof value !== 'string' || !/^\d{1,15}$/.test(value)) return undefined;
  const id = Number(value);
  return id > 0 ? id : undefined;
}
