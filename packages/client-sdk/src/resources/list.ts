/** Lists: awaited, one request; iterated, page after page. */
import type { CallOptions } from '../call/call.js';
import type { Operation } from '../contract/operation.js';
import { asClientError, localError } from '../errors/local-error.js';

/**
 * `await list` sends one request and gives its items as an array: all that qualify, or at most `find` of them.
 * `for await (const item of list)` fetches pages of `pageSize` as it goes, and ends after `find` items if that is given.
 * Until then nothing is sent. A list that failed may be awaited again.
 */
export interface List<Item> extends Pick<Promise<Item[]>, 'then' | 'catch' | 'finally'>, AsyncIterable<Item> {
  /** Page after page, for lists that grow as they scroll. */
  pages(): AsyncIterable<Item[]>;
}

/** Which part of a list: the items after the `_id` `after`, at most `find` of them (0 or absent: all). */
export interface Range {
  readonly after?: string | undefined;
  readonly find?: number | undefined;
}

/** For a call that gives a list. */
export interface ListOptions extends CallOptions {
  /** Items per request while iterating; 100 by default. */
  readonly pageSize?: number | undefined;
}

/** A list that the server pages: `load` gives the part of it in a range. */
export function list<Item extends { readonly _id: string }>(
  operation: Operation,
  range: Range,
  load: (range: Range) => Promise<Item[]>,
  { pageSize = 100 }: ListOptions = {},
): List<Item> {
  const loadPart = (part: Range) => checked(operation, () => load(part), part.find);
  return listOf(
    () => loadPart(Object(range)),
    () => pagesOf(operation, Object(range), loadPart, pageSize),
  );
}

/** A list that the server gives in one answer. */
export function wholeList<Item>(operation: Operation, load: () => Promise<Item[]>): List<Item> {
  const loadAll = () => checked(operation, load, undefined);
  return listOf(loadAll, async function* () {
    yield await loadAll();
  });
}

function listOf<Item>(load: () => Promise<Item[]>, pages: () => AsyncIterable<Item[]>): List<Item> {
  let loaded: Promise<Item[]> | undefined;
  const once = () => {
    loaded ??= load().catch((error) => {
      loaded = undefined;
      throw error;
    });
    return loaded;
  };
  return {
    // biome-ignore lint/suspicious/noThenProperty: awaiting a list is its point.
    then: (onFulfilled, onRejected) => once().then(onFulfilled, onRejected),
    catch: (onRejected) => once().catch(onRejected),
    finally: (onFinally) => once().finally(onFinally),
    pages,
    async *[Symbol.asyncIterator]() {
      for await (const page of pages()) yield* page;
    },
  };
}

async function* pagesOf<Item extends { readonly _id: string }>(
  operation: Operation,
  { after, find }: Range,
  load: (range: Range) => Promise<Item[]>,
  pageSize: number,
): AsyncGenerator<Item[]> {
  const seen = new Set([after]);
  for (let left = find || Number.POSITIVE_INFINITY, behind = after; left !== 0; ) {
    const size = Math.min(pageSize, left);
    if (!(Number.isInteger(size) && size > 0))
      throw localError('parameter_invalid', 'invalid', { operation }, 'pageSize must be 1 or more');
    const page = await load({ after: behind, find: size });
    if (page.length === size) {
      behind = page[page.length - 1]?._id;
      if (seen.has(behind)) throw localError('answer_malformed', 'protocol', { operation }, 'the same page again');
      seen.add(behind);
    }
    if (page.length > 0) yield page;
    if (page.length < size) return;
    left -= size;
  }
}

/** @throws ClientError `protocol` for an answer that is not a list, or longer than asked */
async function checked<Item>(
  operation: Operation,
  load: () => Promise<Item[]>,
  find: number | undefined,
): Promise<Item[]> {
  const items = await (async () => load())().catch((cause) => {
    throw asClientError(cause, 'parameter_invalid', 'invalid', { operation });
  });
  if (Array.isArray(items) && !(find && items.length > find)) return items;
  throw localError('answer_malformed', 'protocol', { operation }, 'not the list that was asked for');
}
