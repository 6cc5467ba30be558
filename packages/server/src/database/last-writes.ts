/**
 * Writes that nothing in their unit waits for: they run after all others, right before the COMMIT. MariaDB is sent them and
 * the COMMIT as one statement (`mysql-block.ts`), which ends at the first that fails, before the COMMIT.
 */
import type { Connection, LastWrite } from './connection.js';
import { sendOnce } from './errors.js';
import type { Written } from './values.js';

/** Those of one unit, in the order in which they are asked for. */
export class LastWrites {
  readonly #writes: LastWrite[] = [];
  #ended = false;

  get length(): number {
    return this.#writes.length;
  }

  add(write: LastWrite): void {
    if (this.#ended) throw new TypeError('The unit has ended.');
    this.#writes.push(write);
  }

  /** Those behind the first `length`, which are run or forgotten by the caller. */
  takeFrom(length: number): LastWrite[] {
    return this.#writes.splice(length);
  }

  /** All of them. No more can be added. */
  end(): LastWrite[] {
    this.#ended = true;
    return this.takeFrom(0);
  }
}

/** Writes of one block. A block of each length is a prepared statement of its own, and no unit may fill their cache. */
const mostInBlock = 16;

/** @throws PalestraError `outcomeUnknown` if the connection is lost before the answer */
export async function commit(connection: Connection, writes: readonly LastWrite[]): Promise<void> {
  const { commitWith } = connection;
  if (writes.length > 0 && commitWith) {
    await runLast(connection, writes.slice(0, -mostInBlock));
    return sendOnce(() => commitWith(writes.slice(-mostInBlock)));
  }
  await runLast(connection, writes);
  // The server may have committed before its answer was lost: running it again could do everything twice.
  await sendOnce(() => connection.control('COMMIT'));
}

/** Without the COMMIT. @throws what the first of those that fail is refused with */
export async function runLast(connection: Connection, writes: readonly LastWrite[]): Promise<void> {
  const results = await Promise.allSettled(writes.map(async ({ sql, values }) => connection.run(sql, values)));
  for (const [at, result] of results.entries()) {
    if (result.status === 'rejected') throw result.reason;
    tell(writes[at], result.value);
  }
}

function tell(write: LastWrite | undefined, { affected, insertedId }: Written): void {
  if (affected !== 1 && write?.missing) throw write.missing();
  write?.inserted?.(insertedId);
}
