/** The index of trigrams on MySQL: posting lists, and the ids of rows that are not in them yet; see `text-index.ts`. */
import { createHash } from 'node:crypto';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { driverOf } from './driver.js';
import { makeTextIndex } from './mysql-text-index-making.js';
import { createIntake } from './mysql-text-intake.js';
import { createPostingSearch } from './mysql-text-search.js';
import { mostColumns } from './postings.js';
import type { TextIndex } from './text-index.js';
import type { Database } from './types.js';

/** Between two looks at what has been written meanwhile. */
const secondsBetween = 15;

export function createMysqlTextIndex(database: Database, of: string, all: readonly string[]): TextIndex {
  const columns = all.slice(0, mostColumns);
  const definition = createHash('sha256').update(columns.join()).digest('hex');
  const texts = { table: driverOf(database).tableNames.physical(of), columns, definition };
  let isWanted = false;
  const want = () => {
    isWanted = true;
  };
  const { state, candidates } = createPostingSearch(database, texts, want);
  const intake = createIntake(database, texts);

  async function takeAll(ended: () => boolean): Promise<void> {
    while (!ended() && (await intake.step())) await nextTurn();
  }

  return {
    columns: new Set(columns),
    isWhole: async () => (await state())?.after === null,
    candidates,
    async build(ended) {
      await makeTextIndex(database, texts);
      await takeAll(ended);
    },
    async follow(ended) {
      while (!ended()) {
        isWanted = false;
        for (let second = 0; second < secondsBetween && !isWanted && !ended(); second++) {
          await sleep(1_000, undefined, { ref: false });
        }
        await takeAll(ended);
      }
    },
  };
}
