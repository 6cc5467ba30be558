/** Lists: awaited, one request; iterated, page after page. */

/**
 * `await list` sends one request and gives its items as an array: all that qualify, or at most `find` of them.
 * `for await (const item of list)` fetches pages of `pageSize` as it goes, and ends after `find` items if that is given.
 * Until then nothing is sent.
 */
export interface List<Item> extends PromiseLike<Item[]>, AsyncIterable<Item> {
  /** Page after page, for lists that grow as they scroll. */
  pages(): AsyncIterable<Item[]>;
}

/** Which part of a list: the items after the `_id` `after`, at most `find` of them (0 or absent: all). */
export interface Range {
  readonly after?: string | undefined;
  readonly find?: number | undefined;
}

const defaultPageSize = 100;

/** A list that the server pages: `load` gives the part of it in a range. */
export function list<Item extends { readonly _id: string }>(
  range: Range,
  load: (range: Range) => Promise<Item[]>,
  pageSize: number = defaultPageSize,
): List<Item> {
  return listOf(
    () => load(range),
    () => pagesOf(range, load, pageSize),
  );
}

/** A list that the server gives in one answer. */
export function wholeList<Item>(load: () => Promise<Item[]>): List<Item> {
  return listOf(load, async function* () {
    const whole = await load();
    // Undefined after a 304: what the caller has is current.
    if (whole !== undefined) yield whole;
  });
}

function listOf<Item>(load: () => Promise<Item[]>, pages: () => AsyncIterable<Item[]>): List<Item> {
  let whole: Promise<Item[]> | undefined;
  return {
    // biome-ignore lint/suspicious/noThenProperty: awaiting a list is its point.
    then(onFulfilled, onRejected) {
      whole ??= load();
      return whole.then(onFulfilled, onRejected);
    },
    pages,
    async *[Symbol.asyncIterator]() {
      for await (const page of pages()) yield* page;
    },
  };
}

async function* pagesOf<Item extends { readonly _id: string }>(
  { after, find }: Range,
  load: (range: Range) => Promise<Item[]>,
  pageSize: number,
): AsyncGenerator<Item[]> {
  let behind = after;
  let left = find || Number.POSITIVE_INFINITY;
  while (left > 0) {
    const size = Math.min(pageSize, left);
    const page = await load({ after: behind, find: size });
    if (page.length > 0) yield page;
    if (page.length < size) return;
    left -= page.length;
    behind = page.at(-1)?._id;
  }
}
