/** A short list is answered as an array, a long one as a stream of which only a chunk is ever in memory. */
import { Encoded, isEncoded, type ListChunk, type Streamed, streamed, unavailable } from '@palestra/core';
import type { Chunk } from '../plugin/resource.js';

/** What a list may hold before it is streamed, and a chunk of it at any time. */
export const chunkLimits: { readonly rows: number; readonly bytes: number } = { rows: 500, bytes: 256 * 1024 };

/** The number of items that `find` asks for; all of them for 0 or undefined. */
export function limitOf(find: number | undefined): number {
  return find || Number.POSITIVE_INFINITY;
}

/** Lists streamed at once, in this process. Each holds about three chunks: one read, one buffered, one being sent. */
const maxStreams = 200;
let streams = 0;

type ItemChunk<Item> = Chunk<Item, ListChunk<Item>>;

/** @throws PalestraError 503 for a long list while too many others are being sent */
export async function listOf<Item>(
  chunks: AsyncGenerator<ItemChunk<Item>, void>,
): Promise<ListChunk<Item> | Streamed<Item>> {
  const head: ListChunk<Item>[] = [];
  for (let rows = 0, bytes = 0; rows < chunkLimits.rows && bytes < chunkLimits.bytes; ) {
    const next = await chunks.next();
    if (next.done) return joined(head);
    head.push(next.value.items);
    rows += next.value.count;
    bytes += next.value.bytes;
  }
  if (streams < maxStreams) return streamed(continued(head, chunks));
  await chunks.return();
  throw unavailable('Too many lists are being sent; ask again, or for fewer items at once', 1);
}

async function* continued<Item>(
  head: readonly ListChunk<Item>[],
  chunks: AsyncGenerator<ItemChunk<Item>, void>,
): AsyncGenerator<ListChunk<Item>, void> {
  streams += 1;
  try {
    yield* head;
    for await (const { items } of chunks) yield items;
  } finally {
    streams -= 1;
  }
}

/** All are of one kind, since one reader made them. */
function joined<Item>(chunks: readonly ListChunk<Item>[]): ListChunk<Item> {
  const [only = []] = chunks;
  if (chunks.length <= 1) return only;
  const encoded = chunks.filter((chunk) => isEncoded(chunk));
  if (encoded.length === 0) return chunks.flatMap((chunk) => chunk as readonly Item[]);
  const texts = encoded.map(({ text }) => text.slice(1, -1)).filter((text) => text !== '');
  return new Encoded(`[${texts.join(',')}]`);
}
