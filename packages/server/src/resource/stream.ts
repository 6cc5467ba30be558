/** A short list is answered as an array, a long one as a stream of which only a chunk is ever in memory. */

import { type Streamed, streamed } from '@palestra/core';

/** Items at least before a list is streamed. */
const threshold = 500;

export async function listOf<Item>(chunks: AsyncGenerator<Item[], void>): Promise<Item[] | Streamed<Item>> {
  const head: Item[] = [];
  while (head.length < threshold) {
    const next = await chunks.next();
    if (next.done) return head;
    head.push(...next.value);
  }
  return streamed(continued(head, chunks));
}

async function* continued<Item>(head: Item[], chunks: AsyncGenerator<Item[], void>): AsyncGenerator<Item[]> {
  yield head;
  yield* chunks;
}
