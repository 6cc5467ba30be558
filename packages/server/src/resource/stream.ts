/** A short list is answered as an array, a long one as a stream of which only a chunk is ever in memory. */
import { type Streamed, streamed, unavailable } from '@palestra/core';
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

/** @throws PalestraError 503 for a long list while too many others are being sent */
export async function listOf<Item>(chunks: AsyncGenerator<Chunk<Item>, void>): Promise<Item[] | Streamed<Item>> {
  const head: Item[] = [];
  for (let bytes = 0; head.length < chunkLimits.rows && bytes < chunkLimits.bytes; ) {
    const next = await chunks.next();
    if (next.done) return head;
    head.push(...next.value.items);
    bytes += next.value.bytes;
  }
  if (streams < maxStreams) return streamed(continued(head, chunks));
  await chunks.return();
  throw unavailable('Too many lists are being sent; ask again, or for fewer items at once', 1);
}

async function* continued<Item>(
  head: readonly Item[],
  chunks: AsyncGenerator<Chunk<Item>, void>,
): AsyncGenerator<readonly Item[], void> {
  streams += 1;
  try {
    yield head;
    for await (const { items } of chunks) yield items;
  } finally {
    streams -= 1;
  }
}
