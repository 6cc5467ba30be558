/** Ids that imported rows had in an older system, in paths and bodies: each becomes the id that its row has here. */
import { isJsonObject } from '@palestra/core';
import type { Exchange } from './exchange.js';

/** Visible ASCII that is neither an id of this server nor an email. */
function isForeign(value: unknown): value is string {
  return typeof value === 'string' && /^(?!\d{1,15}$)[!-?A-~]{1,64}$/.test(value);
}

const holdsId = (parameter: string) => /^(?:id|uid|user)$|_id$/.test(parameter);

export function resolveLegacyIds(exchange: Exchange): void | Promise<void> {
  const { params, body } = exchange;
  const inPath = Object.entries(params).some(([name, value]) => holdsId(name) && isForeign(value));
  const places = [body, isJsonObject(body) ? body.data : undefined].filter(isJsonObject);
  if (inPath || places.some((place) => hasForeign(place, exchange))) return resolveAll(exchange, places);
}

type Members = Record<string, unknown>;

function hasForeign(members: Members, { services }: Exchange): boolean {
  const names = services.legacyIds.names();
  return Object.entries(members).some(([name, value]) => names.has(name) && valuesOf(value).some(isForeign));
}

/** An id, a list of ids, or the criterion of a query. */
function valuesOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  return isJsonObject(value) ? [value.equals] : [value];
}

/** `gym` of `/api/gym` and of the first parameter of `/api/gym/{id}/staff/{user}`. */
function collectionOf(path: string): string | undefined {
  return path
    .replace(/\/\{.*/, '')
    .split('/')
    .at(-1);
}

/** What there is no row for stays, and is answered as any id that is none. */
async function resolveAll(exchange: Exchange, places: readonly Members[]): Promise<void> {
  const { services, operation } = exchange;
  const known = async (value: unknown, name: string) => {
    if (!isForeign(value)) return value;
    const id = await services.legacyIds.rowOf(value, /^_?u?id$/.test(name) ? collectionOf(operation.path) : name);
    return id === undefined ? value : String(id);
  };
  const params = await Promise.all(
    Object.entries(exchange.params).map(async ([name, value]) => [
      name,
      holdsId(name) ? await known(value, name) : value,
    ]),
  );
  exchange.params = Object.fromEntries(params);
  for (const members of places) {
    for (const [name, value] of Object.entries(members)) {
      if (!services.legacyIds.names().has(name)) continue;
      if (Array.isArray(value)) members[name] = await Promise.all(value.map((each) => known(each, name)));
      else if (isJsonObject(value))
        members[name] = { ...value, ...('equals' in value && { equals: await known(value.equals, name) }) };
      else members[name] = await known(value, name);
    }
  }
}
