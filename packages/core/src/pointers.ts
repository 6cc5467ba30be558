/**
 * Where a request is wrong, in one notation: an RFC 6901 pointer for the body (`/data/name`), and for parameters the
 * way they are written in a URL template or a request (`?find`, `{id}`, `Idempotency-Key:`).
 */

/** `bodyPointer('data', 'price', 'amount')` is `/data/price/amount`; without steps, the whole body (`''`). */
export function bodyPointer(...steps: readonly (string | number)[]): string {
  return steps.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/** `?find` */
export function queryPointer(name: string): string {
  return `?${name}`;
}

/** `{id}` */
export function pathPointer(name: string): string {
  return `{${name}}`;
}

/** `Idempotency-Key:` */
export function headerPointer(name: string): string {
  return `${name}:`;
}
