/**
 * Statements of one unit that do not need each other's results: on MariaDB they are sent together and answered in one round
 * trip. They run in this order, each whatever becomes of those before, so what a failure must prevent is undone by throwing.
 */

type Results<Work extends readonly Promise<unknown>[]> = { -readonly [Index in keyof Work]: Awaited<Work[Index]> };

/** Waits for all of them. @throws what the first of those that fail is refused with */
export async function together<const Work extends readonly Promise<unknown>[]>(work: Work): Promise<Results<Work>> {
  await Promise.allSettled(work);
  return Promise.all(work);
}
